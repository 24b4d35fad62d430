/** What the chat speaks with the server about; see docs/reference/web_interface.md. */
export interface Choice {
  value: string;
  label: string;
}

export interface Enclosed {
  hash: string;
  name: string;
  media_type: string;
}

export interface Entry {
  /** The case and the number of the event. */
  id: string;
  from: "me" | "colleague" | "person";
  at: string;
  kind: string;
  text: string;
  choices: Choice[];
  ask: string;
  files: Enclosed[];
}

export interface Conversation {
  title: string;
  reference: string;
  language: string;
  /** Another one with everything that happens. */
  version: string;
  entries: Entry[];
}

export interface Outgoing {
  key: string;
  text: string;
  answers: Record<string, string>;
  /** What was pressed, in words, so that it can be read while it waits. */
  shown: string;
  files: { name: string; content: Blob }[];
}

export type Words = Record<string, string>;
