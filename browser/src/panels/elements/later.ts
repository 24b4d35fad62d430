/** A part of the page that is loaded, with the texts it speaks, when it is opened. */
import { defineAsyncComponent, type Component } from "vue";
import { speakOfTasks } from "../../text";

export const later = <T extends Component>(load: () => Promise<{ default: T }>) =>
  defineAsyncComponent(async () => (await Promise.all([load(), speakOfTasks()]))[0]);
