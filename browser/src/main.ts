import { createApp } from "vue";
import { listenForKeys } from "./actions/shortcuts";
import App from "./App.vue";
import { address, followHistory, OVER_SCENE } from "./state/address";
import { askWho } from "./state/person";
import { keepSettings, settings } from "./state/settings";
import { followAddress } from "./state/twin";
import "./style/tokens.css";
import "./style/base.css";
import "./style/print.css";
import { speak } from "./text";

keepSettings();
followHistory();
// The first view needs all of these; they come side by side instead of one after the other.
followAddress();
void askWho();
if (address.tenant && OVER_SCENE.includes(address.page)) {
  void import("./panels/ansehen/Ansehen.vue");
  void import("./scene").then(({ prepare }) => prepare());
}
await speak(address.language || settings.language || (navigator.language.startsWith("de") ? "de" : "en"));
listenForKeys();
createApp(App).mount("#app");
