import { createApp } from "vue";
import { listenForKeys } from "./actions/shortcuts";
import App from "./App.vue";
import { address, followHistory } from "./state/address";
import { keepSettings, settings } from "./state/settings";
import { followAddress } from "./state/twin";
import "./style/tokens.css";
import "./style/base.css";
import "./style/print.css";
import { speak } from "./text";

keepSettings();
followHistory();
await speak(address.language || settings.language || (navigator.language.startsWith("de") ? "de" : "en"));
followAddress();
listenForKeys();
createApp(App).mount("#app");
