import type { IconName } from "../state/icons";
import type { TextKey } from "../text";

/** One thing a user can do: how it is called, how it looks, which key does it, and the doing. */
export interface Action<Argument = void> {
  label: TextKey;
  icon: IconName;
  /** A single key, as in `KeyboardEvent.key`. */
  shortcut?: string;
  /** Whether it can be done now; without it, always. */
  possible?: () => boolean;
  perform: (argument: Argument) => void | Promise<void>;
}
