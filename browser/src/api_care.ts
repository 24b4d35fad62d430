/** Care of the data over the web interface: uploads, datasets, reports. Sizes in bytes. */
import {
  at,
  get,
  query,
  send,
  type Dataset,
  type Kind,
  type Language,
  type Place,
  type Report,
  type Words,
} from "./api";

export type UploadState =
  "uploading" | "uploaded" | "reading" | "asking" | "ready" | "publishing" | "finishing" | "published" | "failed";

/** What a dataset may hold: objects, heights, rows of tables by district. */
export type Content = Kind | "terrain" | "statistics";

export interface Facts {
  title: string;
  owner: string;
  licence: string;
  licenceUrl: string;
  attribution: string;
  date: string;
  office: string;
  contact: string;
  rhythm: string;
  /** Codes of the EU: theme of the catalogue, category of high-value datasets; empty for none. */
  theme: string;
  hvd: string;
  description: string;
}

export interface Candidate {
  code: string;
  title: string;
  /** Whether the points then lie in or near the town. */
  fits: boolean;
  /** To the town, in metres; null for an empty twin. */
  distance: number | null;
  points: [number, number][];
}

export interface Difference {
  new: number;
  changed: number;
  unchanged: number;
  ended: number;
  examples: Record<"new" | "changed" | "ended", { id: string; label: string }[]>;
}

export interface Upload {
  id: string;
  state: UploadState;
  created: string;
  changed: string;
  facts: Facts & { id: string };
  /** Whether it is a newer state of a dataset that exists. */
  replaces: boolean;
  options: { kind: Kind | ""; crs: string; columns: Record<string, string> };
  files: { name: string; size: number; received: number }[];
  progress: { what: string; done: number } | null;
  question: { crs?: Candidate[] };
  problem: Words | null;
  decisions: { object: string; code: string; what: "kept" | "taken" }[];
  result: {
    kinds?: Partial<Record<Content, number>>;
    seconds?: number;
    difference?: Difference;
    drawn?: boolean;
    changes?: Report["changes"];
    published?: string;
  };
  before: { id: string; at: string; dataset: string } | null;
}

export interface Table {
  file: string;
  headers: string[];
  rows: string[][];
  roles: Record<string, string>;
  kind: Kind | "";
  crs: string;
  /** The same file as a table by district; null when it cannot be one. */
  statistics: Sheet | null;
}

/** What a column of a table by district says. */
export type What = "count" | "amount" | "share" | "mean";

export interface Sheet {
  name: string;
  headers: string[];
  rows: string[][];
  /** Rows in all. */
  count: number;
  /** `area`, `period`: their headings; `areas`, `attribute`: what is meant; `measure:` and `unit:` before a heading. */
  roles: Record<string, string>;
  /** Headings of columns that are for one period each, and that period. */
  whens: Record<string, string>;
  /** Datasets with areas: id and title. */
  areas: Record<string, string>;
  /** How many names of the table mean an area, and the areas without a row. */
  matched: number;
  without: string[];
}

export interface StatisticTable {
  dataset: string;
  title: string;
  measures: { name: string; what: What; unit: string }[];
  periods: { id: string; title: Words }[];
  areaDataset: string;
  notes: string[];
}

export interface StatisticRow {
  /** As the source names the area. */
  key: string;
  /** Id of the area, empty where it is none of the twin. */
  id: string;
  label: string;
  values: Record<string, { value: number | null; sign: string }>;
}

export interface StatisticPage extends StatisticTable {
  period: string;
  rows: StatisticRow[];
  areas: {
    box: [number, number, number, number] | null;
    items: { id: string; label: string; outline: unknown }[];
  };
  without: string[];
}

export type DatasetState = "draft" | "internal" | "public";
export type Gap = "office" | "licence" | "date" | "rhythm" | "overdue" | "findings";

export interface DatasetRow extends Dataset {
  state: DatasetState;
  office: string;
  contact: string;
  rhythm: string;
  theme: string;
  hvd: string;
  description: string;
  objects: number;
  openFindings: number;
  due: string;
  overdue: boolean;
  gaps: Gap[];
  layers: string[];
  functions: string[];
}

export interface NeededBy {
  id: string;
  state: "ready" | "partly" | "missing";
  lacks: Content[];
  wants: Content[];
  derived: boolean;
}

export interface DatasetPage extends DatasetRow {
  loads: Pick<Report, "id" | "loaded" | "source" | "format" | "totals" | "changes">[];
  changes: { at: string; who: string; note: string; changes: Record<string, [string, string]> }[];
  decisions: Record<"kept" | "taken", number>;
}

export interface Choices {
  licences: { id: string; title: string; url: string; named: boolean }[];
  rhythms: { id: string; title: Words }[];
  themes: { id: string; title: Words }[];
  hvd: { id: string; title: Words }[];
  /** Rights of the reader in this tenant. */
  may: string[];
}

export interface Decide {
  object: string;
  code: string;
  /** true: take the suggestion, false: keep the value, null: leave it open. */
  take: boolean | null;
}

const datasetAt = (tenant: string, id: string) => `${at(tenant)}/datasets/${encodeURIComponent(id)}`;
const uploadAt = (tenant: string, id: string) => `${at(tenant)}/uploads/${encodeURIComponent(id)}`;
const reportAt = (tenant: string, id: string) => `${at(tenant)}/reports/${encodeURIComponent(id)}`;

export const choices = (tenant: string) => get<Choices>(`${at(tenant)}/datasets/choices`);
export const overview = (tenant: string) =>
  get<{ items: DatasetRow[]; functions: NeededBy[] }>(`${at(tenant)}/datasets`);
export const overviewCsv = (tenant: string, language: Language) => `${at(tenant)}/datasets.csv?${query({ language })}`;
export const datasetPage = (tenant: string, id: string) => get<DatasetPage>(datasetAt(tenant, id));
export const changeFacts = (tenant: string, id: string, facts: Partial<Facts> & { note?: string }) =>
  send<DatasetPage>("PATCH", datasetAt(tenant, id), facts);
export const changeState = (tenant: string, id: string, state: DatasetState) =>
  send<DatasetPage>("PUT", `${datasetAt(tenant, id)}/state`, { state });
const statisticsAt = (tenant: string, id: string) => `${at(tenant)}/statistics/${encodeURIComponent(id)}`;
export const statistics = (tenant: string, id: string, period: string) =>
  get<StatisticPage>(`${statisticsAt(tenant, id)}?${query({ period })}`);
export const statisticsCsv = (tenant: string, id: string, language: Language) =>
  `${statisticsAt(tenant, id)}.csv?${query({ language })}`;
export const statisticsAreas = (tenant: string, id: string, period: string) =>
  `${statisticsAt(tenant, id)}/areas.geojson?${query({ period })}`;
/** Address of a dataset as a file, by its ending. */
export const download = (tenant: string, id: string, ending: string) => `${datasetAt(tenant, id)}/download${ending}`;

export const uploads = (tenant: string) =>
  get<{ limit: number; chunk: number; days: number; items: Upload[] }>(`${at(tenant)}/uploads`);
export const upload = (tenant: string, id: string, signal?: AbortSignal) => get<Upload>(uploadAt(tenant, id), signal);
export const beginUpload = (tenant: string, files: { name: string; size: number }[], dataset: string) =>
  send<Upload>("POST", `${at(tenant)}/uploads`, { files, dataset });
export const sendPiece = (
  tenant: string,
  id: string,
  number: number,
  offset: number,
  piece: Blob,
  signal?: AbortSignal,
) =>
  send<{ received: number; complete: boolean }>(
    "PUT",
    `${uploadAt(tenant, id)}/files/${number}?offset=${offset}`,
    piece,
    signal,
  );
export const tables = (tenant: string, id: string) => get<Table[]>(`${uploadAt(tenant, id)}/tables`);
export const readUpload = (
  tenant: string,
  id: string,
  answers: { facts: Facts; kind: string; crs: string; columns: Record<string, string> },
) => send<Upload>("POST", `${uploadAt(tenant, id)}/read`, answers);
export const uploadReport = (tenant: string, id: string) => get<Report>(`${uploadAt(tenant, id)}/report`);
export const publishUpload = (tenant: string, id: string, state: DatasetState) =>
  send<Upload>("POST", `${uploadAt(tenant, id)}/publish`, { state, read: true });
export const discardUpload = (tenant: string, id: string) => send<undefined>("DELETE", uploadAt(tenant, id));
export const decideUpload = (tenant: string, id: string, decisions: Decide[]) =>
  send<Upload>("POST", `${uploadAt(tenant, id)}/decisions`, { decisions });

export const decideReport = (tenant: string, id: string, decisions: Decide[]) =>
  send<Report>("POST", `${reportAt(tenant, id)}/decisions`, { decisions });
/** Address of a report as a file: of an upload or of a load. */
export const reportFile = (tenant: string, upload: string, report: string, ending: "csv" | "pdf", language: Language) =>
  `${upload ? `${uploadAt(tenant, upload)}/report` : reportAt(tenant, report)}.${ending}?${query({ language })}`;
/** Id of the twin that is the draft of an upload. */
export const draftOf = (upload: string) => `draft-${upload}`;
/** Box around some places, at least `least` metres wide. */
export function boxAround(places: (Place | [number, number])[], least: number): [number, number, number, number] {
  const east = places.map((place) => place[0]);
  const north = places.map((place) => place[1]);
  const middle = [Math.max(...east) + Math.min(...east), Math.max(...north) + Math.min(...north)].map((sum) => sum / 2);
  const half = Math.max(Math.max(...east) - Math.min(...east), Math.max(...north) - Math.min(...north), least) / 2;
  return [middle[0]! - half, middle[1]! - half, middle[0]! + half, middle[1]! + half];
}
