export type Language = 'en' | 'fr';
export interface Words {
  en: string;
  fr: string;
}
export type ServerState = 'stop' | 'fail' | 'unreachable' | 'warn' | 'run' | 'ok' | 'off' | 'to_do';
export type RunState = 'waiting' | 'running' | 'done' | 'failed' | 'unknown' | 'cancelled';
export type StepState = 'waiting' | 'running' | 'done' | 'already' | 'failed' | 'unknown' | 'skipped';
export type RunKind =
  | 'server_add'
  | 'refresh'
  | 'user_create'
  | 'user_update'
  | 'user_delete'
  | 'group_create'
  | 'group_update'
  | 'group_delete'
  | 'permission_add'
  | 'permission_remove'
  | 'app_install'
  | 'app_upgrade'
  | 'app_remove'
  | 'service_restart'
  | 'diagnose'
  | 'update_check';
export type Role = 'administrator' | 'restricted_administrator' | 'end_user';
export interface TraceLine {
  n: number;
  at: string;
  step: number;
  sign: '$' | 'i' | '!' | '✓' | '✗';
  text: string;
}
export interface FieldProblem {
  field: string;
  words: Words;
}
export type Code =
  | 'no_workspace'
  | 'locked'
  | 'wrong_password'
  | 'throttled'
  | 'workspace_in_use'
  | 'workspace_missing'
  | 'workspace_exists'
  | 'workspace_newer'
  | 'workspace_damaged'
  | 'invalid_fields'
  | 'not_found'
  | 'denied'
  | 'server_exists'
  | 'name_not_found'
  | 'connection_refused'
  | 'timed_out'
  | 'connection_cut'
  | 'host_key_unknown'
  | 'host_key_changed'
  | 'host_key_revoked'
  | 'authentication_failed'
  | 'key_unusable'
  | 'sudo_refused'
  | 'no_python'
  | 'no_yunohost'
  | 'not_postinstalled'
  | 'nonsense'
  | 'refused'
  | 'busy'
  | 'disk_full'
  | 'outcome_unknown'
  | 'local_disk'
  | 'internal';
export type Retry = 'never' | 'later' | 'after_change';
export interface AppError {
  code: Code;
  message: string;
  hint: string | null;
  retry: Retry;
  run: string | null;
  fields: FieldProblem[];
  params: Record<string, string>;
}
export type Topic =
  | { kind: 'workspace' }
  | { kind: 'preferences' }
  | { kind: 'servers' }
  | { kind: 'server'; id: string }
  | { kind: 'runs' }
  | { kind: 'run'; id: string };

export interface KnownWorkspace {
  id: string;
  name: string;
  folder: string;
  training: boolean;
  account_name: string;
}
export interface AccountView {
  name: string;
  role: Role;
}
export interface Exercise {
  name: string;
  address: string;
  port: number;
  user: string;
  password: string;
  fingerprint: string;
}
export type Status =
  | { state: 'none' }
  | { state: 'locked'; workspace: KnownWorkspace }
  | { state: 'open'; workspace: KnownWorkspace; account: AccountView; exercise: Exercise | null };
export interface NewWorkspace {
  name: string;
  account_name: string;
  password: string;
}
export interface PasswordStrength {
  score: number;
  accepted: boolean;
}
export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'normal' | 'comfortable';
export interface Preferences {
  language: Language | null;
  theme: Theme;
  density: Density;
  single_keys: boolean;
}

export type ServerSort =
  | 'state'
  | 'name'
  | 'customer'
  | 'version'
  | 'apps'
  | 'certificate'
  | 'updates'
  | 'last_seen';
export interface ServerQuery {
  text?: string;
  states?: ServerState[];
  tags?: string[];
  versions?: string[];
  customers?: string[];
  sort?: ServerSort;
  descending?: boolean;
  offset?: number;
  limit?: number;
}
export interface StateCount {
  state: ServerState;
  count: number;
}
export interface Facet {
  value: string;
  count: number;
}
export interface ServerPage {
  total: number;
  all: number;
  rows: ServerRow[];
  states: StateCount[];
  tags: Facet[];
  versions: Facet[];
  customers: Facet[];
  certificates_soon: number;
  updates: number;
  servers_with_updates: number;
}
export interface Reason {
  code: Code;
  message: string;
}
export interface RunBrief {
  id: string;
  kind: RunKind;
  title: Words;
  percent: number | null;
  step: number;
  steps: number;
  started_at: string | null;
  started_by: string;
}
export interface ServerRow {
  id: string;
  name: string;
  address: string;
  domain: string | null;
  customer: string | null;
  state: ServerState;
  reason: Reason | null;
  since: string | null;
  run: RunBrief | null;
  tags: string[];
  yunohost: string | null;
  apps: number | null;
  certificate_days: number | null;
  updates: number | null;
  last_seen: string | null;
}
export type LoginKind = 'password' | 'key' | 'agent';
export type HowChecked = 'console' | 'phone' | 'provider' | 'known_hosts' | 'command_line' | 'not_checked';
export interface PinnedKey {
  algorithm: string;
  fingerprint: string;
  since: string;
  by: string;
  how: HowChecked;
}
export interface Facts {
  yunohost: string | null;
  postinstalled: boolean;
  debian: string;
  arch: string;
  host: string;
  memory_kib: number;
  memory_free_kib: number;
  disk_kib: number | null;
  disk_free_kib: number;
  reboot_required: boolean;
}
export interface SnapshotDate {
  kind: string;
  taken_at: string;
}
export interface Counts {
  apps: number;
  users: number;
  domains: number;
  services: number;
  diagnosis: number;
  runs: number;
}
export interface ServerDetail {
  row: ServerRow;
  port: number;
  user: string;
  login: LoginKind;
  jump: string | null;
  host_keys: PinnedKey[];
  facts: Facts | null;
  snapshots: SnapshotDate[];
  counts: Counts;
  added_at: string;
  last_tried: string | null;
  lock: string | null;
}
export type Login =
  | { kind: 'password'; password: string }
  | { kind: 'key'; private_key: string; passphrase: string | null; sudo_password: string | null }
  | { kind: 'agent'; sudo_password: string | null };
export interface Address {
  address: string;
  port: number;
  jump?: string | null;
}
export type KnownHostsSay = 'same' | 'other' | 'revoked' | 'none';
export interface OfferedKey {
  algorithm: string;
  fingerprint: string;
  words: string;
  known_hosts: KnownHostsSay;
}
export interface KeyConflict {
  offered: OfferedKey;
  pinned: PinnedKey[];
}
export interface NewServer {
  name: string;
  address: Address;
  user: string;
  login: Login;
  fingerprint: string;
  how: HowChecked;
  customer?: string | null;
  tags?: string[];
}
export interface ServerEdit {
  name?: string | null;
  address?: Address | null;
  user?: string | null;
  login?: Login | null;
  customer?: string | null;
  tags?: string[] | null;
}
export type Selection = { kind: 'all' } | { kind: 'these'; ids: string[] };
export interface SweepFailure {
  id: string;
  name: string;
  error: AppError;
}
export interface Sweep {
  answered: number;
  failed: SweepFailure[];
}
export interface DomainRow {
  name: string;
  main: boolean;
  apps: string[];
  certificate_days: number | null;
  certificate_kind: string | null;
  certificate_style: string | null;
}
export interface ServiceRow {
  name: string;
  description: string;
  status: string;
  start_on_boot: string | null;
  since: string | null;
}
export interface DiagnosisItem {
  category: string;
  status: string;
  summary: string;
  details: string[];
  ignored: boolean;
}
export interface Domains {
  taken_at: string | null;
  domains: DomainRow[];
}
export interface Services {
  taken_at: string | null;
  services: ServiceRow[];
}
export interface Diagnosis {
  taken_at: string | null;
  ever_run: boolean;
  items: DiagnosisItem[];
}
export interface OperationRow {
  name: string;
  description: string;
  success: string;
  started_at: string | null;
}
export interface Operations {
  taken_at: string | null;
  operations: OperationRow[];
}

export interface AppRow {
  id: string;
  label: string;
  description: string;
  version: string;
  address: string | null;
  url: string | null;
  new_version: string | null;
  in_catalogue: boolean;
  people: number;
}
export interface Apps {
  taken_at: string | null;
  apps: AppRow[];
}
export interface CatalogueRow {
  id: string;
  name: string;
  description: string;
  category: string | null;
  level: number;
  state: string;
  version: string | null;
  installed: boolean;
  multi_instance: boolean;
}
export interface Category {
  id: string;
  title: string;
}
export interface Catalogue {
  taken_at: string | null;
  apps: CatalogueRow[];
  categories: Category[];
}
export interface Choice {
  value: string;
  label: string;
}
export type QuestionKind =
  | 'domain'
  | 'path'
  | 'user'
  | 'group'
  | 'text'
  | 'long_text'
  | 'password'
  | 'boolean'
  | 'select'
  | 'tags'
  | 'number'
  | 'email'
  | 'url'
  | 'color'
  | 'date'
  | 'time'
  | 'app'
  | 'note';
export interface Question {
  id: string;
  kind: QuestionKind;
  ask: Words;
  help: Words | null;
  default: string | null;
  example: string | null;
  optional: boolean;
  secret: boolean;
  choices: Choice[];
  visible: string | null;
  min: number | null;
  max: number | null;
}
export interface InstallForm {
  app: string;
  name: string;
  description: Words;
  version: string;
  questions: Question[];
  disk: string | null;
  memory: string | null;
  notice: Words | null;
  unmet: string[];
  taken: string[];
}
export interface Installation {
  app: string;
  label?: string | null;
  answers: Record<string, string>;
}

export interface UserRow {
  username: string;
  fullname: string;
  mail: string;
  aliases: string[];
  forwards: string[];
  mailbox_quota: string;
  groups: string[];
  admin: boolean;
}
export interface GroupRow {
  name: string;
  members: string[];
  permissions: string[];
}
export interface PermissionRow {
  id: string;
  app: string;
  label: string;
  url: string | null;
  allowed: string[];
  users: string[];
  protected: boolean;
}
export interface People {
  taken_at: string | null;
  users: UserRow[];
  groups: GroupRow[];
  permissions: PermissionRow[];
  domains: string[];
  main_domain: string | null;
}
export interface NewUser {
  username: string;
  fullname: string;
  domain: string;
  password: string;
  mailbox_quota?: string | null;
}
export interface UserEdit {
  fullname?: string | null;
  mail?: string | null;
  password?: string | null;
  aliases?: string[] | null;
  forwards?: string[] | null;
  mailbox_quota?: string | null;
}

export interface RunRow {
  id: string;
  kind: RunKind;
  title: Words;
  server: string | null;
  server_name: string | null;
  state: RunState;
  percent: number | null;
  step: number;
  steps: number;
  started_by: string;
  started_at: string;
  ended_at: string | null;
  error: AppError | null;
}
export interface RunPage {
  total: number;
  open: number;
  rows: RunRow[];
}
export interface StepView {
  n: number;
  intent: Words;
  state: StepState;
  observation: Words | null;
  started_at: string | null;
  ended_at: string | null;
}
export interface Aftermath {
  happened: Words;
  changed: Words;
  next: Words;
}
export interface RunDetail {
  row: RunRow;
  steps: StepView[];
  trace_lines: number;
  aftermath: Aftermath | null;
}
export interface RunQuery {
  server?: string | null;
  states?: RunState[];
  offset?: number;
  limit?: number;
}
export interface TracePage {
  total: number;
  lines: TraceLine[];
}
export type LiveEvent =
  | { kind: 'trace'; run: string; lines: TraceLine[] }
  | { kind: 'progress'; run: string; step: number; percent: number | null; doing: Words | null };
export interface Begun {
  run: string;
}
