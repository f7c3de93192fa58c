/**
 * The only door to the program: every command as a function that gives the value or throws an `AppError`,
 * and the two events. What follows from a change is told by topics (queries.ts); nothing here polls.
 */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type * as C from './contract';

/** An error of the program as JavaScript throws them; `code` is what one acts on. */
export class IpcError extends Error implements C.AppError {
  code: C.Code;
  hint: string | null;
  retry: C.Retry;
  run: string | null;
  fields: C.FieldProblem[];
  params: Record<string, string>;

  constructor(error: C.AppError) {
    super(error.message);
    this.name = 'IpcError';
    this.code = error.code;
    this.hint = error.hint;
    this.retry = error.retry;
    this.run = error.run;
    this.fields = error.fields;
    this.params = error.params;
  }
}

/** Whatever was thrown, as an `AppError`: what is not one is a fault of ours. */
export function asAppError(thrown: unknown): C.AppError {
  if (thrown instanceof IpcError) return thrown;
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown) {
    return thrown as C.AppError;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', message, hint: null, retry: 'never', run: null, fields: [], params: {} };
}

async function call<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (thrown) {
    throw new IpcError(asAppError(thrown));
  }
}

export const ipc = {
  workspace: {
    status: () => call<C.Status>('workspace_status'),
    create: (workspace: C.NewWorkspace) => call<C.Status>('workspace_create', { workspace }),
    unlock: (password: string) => call<C.Status>('workspace_unlock', { password }),
    lock: () => call<C.Status>('workspace_lock'),
    openFolder: () => call<C.Status>('workspace_open_folder'),
    chooseFolder: () => call<string | null>('workspace_choose_folder'),
    close: () => call<C.Status>('workspace_close'),
    training: () => call<C.Status>('workspace_training'),
    trainingAfresh: () => call<C.Status>('workspace_training_afresh'),
    strength: (password: string) => call<C.PasswordStrength>('workspace_password_strength', { password }),
  },
  window: {
    painted: () => call<null>('window_painted'),
  },
  preferences: {
    get: () => call<C.Preferences>('preferences_get'),
    set: (preferences: C.Preferences) => call<null>('preferences_set', { preferences }),
  },
  servers: {
    list: (query: C.ServerQuery) => call<C.ServerPage>('servers_list', { query }),
    detail: (server: string) => call<C.ServerDetail>('servers_detail', { server }),
    scan: (address: C.Address) => call<C.OfferedKey>('servers_scan', { address }),
    add: (server: C.NewServer) => call<string>('servers_add', { server }),
    edit: (server: string, edit: C.ServerEdit) => call<null>('servers_edit', { server, edit }),
    remove: (server: string) => call<null>('servers_remove', { server }),
    refresh: (selection: C.Selection) => call<C.Sweep>('servers_refresh', { selection }),
    keyConflict: (server: string) => call<C.KeyConflict>('servers_key_conflict', { server }),
    replaceKey: (server: string, fingerprint: string, how: C.HowChecked, typedName: string) =>
      call<null>('servers_replace_key', { server, fingerprint, how, typedName }),
    domains: (server: string) => call<C.Domains>('servers_domains', { server }),
    services: (server: string) => call<C.Services>('servers_services', { server }),
    diagnosis: (server: string) => call<C.Diagnosis>('servers_diagnosis', { server }),
    operations: (server: string) => call<C.Operations>('servers_operations', { server }),
    restartService: (server: string, service: string) =>
      call<C.Begun>('servers_restart_service', { server, service }),
    diagnose: (server: string) => call<C.Begun>('servers_diagnose', { server }),
  },
  apps: {
    list: (server: string) => call<C.Apps>('apps_list', { server }),
    catalogue: (server: string) => call<C.Catalogue>('apps_catalogue', { server }),
    form: (server: string, app: string) => call<C.InstallForm>('apps_form', { server, app }),
    install: (server: string, installation: C.Installation) =>
      call<C.Begun>('apps_install', { server, installation }),
    upgrade: (server: string, app: string) => call<C.Begun>('apps_upgrade', { server, app }),
    remove: (server: string, app: string) => call<C.Begun>('apps_remove', { server, app }),
    open: (server: string, app: string) => call<null>('apps_open', { server, app }),
  },
  people: {
    list: (server: string) => call<C.People>('people_list', { server }),
    create: (server: string, user: C.NewUser) => call<C.Begun>('people_create', { server, user }),
    edit: (server: string, username: string, edit: C.UserEdit) =>
      call<C.Begun>('people_edit', { server, username, edit }),
    remove: (server: string, username: string, purge: boolean) =>
      call<C.Begun>('people_remove', { server, username, purge }),
    give: (server: string, permission: string, who: string) =>
      call<C.Begun>('people_give', { server, permission, who }),
    take: (server: string, permission: string, who: string) =>
      call<C.Begun>('people_take', { server, permission, who }),
  },
  runs: {
    list: (query: C.RunQuery) => call<C.RunPage>('runs_list', { query }),
    detail: (run: string) => call<C.RunDetail>('runs_detail', { run }),
    trace: (run: string, from: number, limit: number) =>
      call<C.TracePage>('runs_trace', { run, from, limit }),
    cancel: (run: string) => call<null>('runs_cancel', { run }),
    retry: (run: string) => call<C.Begun>('runs_retry', { run }),
  },
};

/** Tells what changed, as topics. */
export async function onChanged(listener: (topics: C.Topic[]) => void): Promise<() => void> {
  return listen<C.Topic[]>('changed', (event) => listener(event.payload));
}

/** Tells what runs say while they are at work. */
export async function onLive(listener: (event: C.LiveEvent) => void): Promise<() => void> {
  return listen<C.LiveEvent>('live', (event) => listener(event.payload));
}
