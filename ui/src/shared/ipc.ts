/**
 * The only door to the program: every command as a function that gives the value or throws an `AppError`,
 * and the two events. What follows from a change is told by topics (queries.ts); nothing here polls.
 */
import { commands, events } from '../bindings';
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

/** What the program throws becomes an `IpcError`. */
async function value<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    throw new IpcError(asAppError(thrown));
  }
}

/** The same command, whose error is an `IpcError`. */
function door<A extends unknown[], R>(command: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return (...args) => value(command(...args));
}

export const ipc = {
  workspace: {
    status: door(commands.workspaceStatus),
    policy: door(commands.workspacePolicy),
    create: door(commands.workspaceCreate),
    unlock: door(commands.workspaceUnlock),
    lock: door(commands.workspaceLock),
    door: door(commands.workspaceDoor),
    known: door(commands.workspaceKnown),
    chooseFolder: door(commands.workspaceChooseFolder),
    openFolder: door(commands.workspaceOpenFolder),
    close: door(commands.workspaceClose),
    training: door(commands.workspaceTraining),
    trainingAfresh: door(commands.workspaceTrainingAfresh),
    trainingMachines: door(commands.workspaceTrainingMachines),
    strength: door(commands.workspacePasswordStrength),
  },
  preferences: { get: door(commands.preferencesGet), set: door(commands.preferencesSet) },
  accounts: {
    list: door(commands.accountsList),
    own: door(commands.accountsOwn),
    create: door(commands.accountsCreate),
    rename: door(commands.accountsRename),
    disable: door(commands.accountsDisable),
    enable: door(commands.accountsEnable),
    remove: door(commands.accountsDelete),
    changePassword: door(commands.accountsChangePassword),
    resetPassword: door(commands.accountsResetPassword),
    beginFactor: door(commands.accountsBeginSecondFactor),
    confirmFactor: door(commands.accountsConfirmSecondFactor),
    endFactor: door(commands.accountsEndSecondFactor),
    resetFactor: door(commands.accountsResetSecondFactor),
    newRecoveryKey: door(commands.accountsNewRecoveryKey),
    confirmRecoveryKey: door(commands.accountsConfirmRecoveryKey),
    dropRecoveryKey: door(commands.accountsDropRecoveryKey),
    keepInKeyring: door(commands.accountsOpenOnThisDevice),
    stopKeyring: door(commands.accountsForgetOnThisDevice),
  },
  customers: { list: door(commands.customersList), create: door(commands.customersCreate) },
  servers: {
    list: door(commands.serversList),
    detail: door(commands.serversDetail),
    scan: door(commands.serversScan),
    sshConfig: door(commands.serversSshConfig),
    add: door(commands.serversAdd),
    edit: door(commands.serversEdit),
    remove: door(commands.serversRemove),
    refresh: door(commands.serversRefresh),
    keyConflict: door(commands.serversKeyConflict),
    replaceKey: door(commands.serversReplaceKey),
    domains: door(commands.serversDomains),
    services: door(commands.serversServices),
    diagnosis: door(commands.serversDiagnosis),
    operations: door(commands.serversOperations),
    restartService: door(commands.serversRestartService),
    diagnose: door(commands.serversDiagnose),
  },
  apps: {
    list: door(commands.appsList),
    catalogue: door(commands.appsCatalogue),
    form: door(commands.appsForm),
    install: door(commands.appsInstall),
    upgrade: door(commands.appsUpgrade),
    remove: door(commands.appsRemove),
    open: door(commands.appsOpen),
    shipped: door(commands.appsShipped),
    rollBack: door(commands.appsRollBack),
    restart: door(commands.appsRestart),
  },
  people: {
    list: door(commands.peopleList),
    create: door(commands.peopleCreate),
    edit: door(commands.peopleEdit),
    remove: door(commands.peopleRemove),
    give: door(commands.peopleGive),
    take: door(commands.peopleTake),
  },
  portal: {
    launcher: door(commands.portalLauncher),
    logos: door(commands.portalLogos),
    refresh: door(commands.portalRefresh),
    look: door(commands.portalLook),
    add: door(commands.portalAdd),
    acceptCertificate: door(commands.portalAcceptCertificate),
    signIn: door(commands.portalSignIn),
    signOut: door(commands.portalSignOut),
    forget: door(commands.portalForget),
    open: door(commands.portalOpen),
    profile: door(commands.portalProfile),
    changeProfile: door(commands.portalChangeProfile),
    changePassword: door(commands.portalChangePassword),
  },
  runs: {
    list: door(commands.runsList),
    detail: door(commands.runsDetail),
    trace: door(commands.runsTrace),
    cancel: door(commands.runsCancel),
    retry: door(commands.runsRetry),
    pause: door(commands.runsPause),
    goOn: door(commands.runsGoOn),
    undo: door(commands.runsUndo),
    forget: door(commands.runsForget),
    save: door(commands.runsSave),
  },
  fleet: {
    plan: door(commands.fleetPlan),
    begin: door(commands.fleetBegin),
    list: door(commands.fleetList),
    detail: door(commands.fleetDetail),
    pause: door(commands.fleetPause),
    goOn: door(commands.fleetGoOn),
    cancel: door(commands.fleetCancel),
    retryFailed: door(commands.fleetRetryFailed),
  },
  schedules: {
    list: door(commands.schedulesList),
    create: door(commands.schedulesCreate),
    enable: door(commands.schedulesEnable),
    remove: door(commands.schedulesDelete),
    runNow: door(commands.schedulesRunNow),
    leave: door(commands.schedulesLeave),
    next: door(commands.schedulesNext),
  },
  journal: {
    list: door(commands.journalList),
    entry: door(commands.journalEntry),
    choices: door(commands.journalChoices),
    state: door(commands.journalState),
    check: door(commands.journalCheck),
    export: door(commands.journalExport),
    cutPlan: door(commands.journalCutPlan),
    cut: door(commands.journalCut),
  },
  provisioning: {
    form: door(commands.provisioningForm),
    look: door(commands.provisioningLook),
    plan: door(commands.provisioningPlan),
    begin: door(commands.provisioningBegin),
    report: door(commands.provisioningReport),
    saveProfile: door(commands.provisioningSaveProfile),
    dropProfile: door(commands.provisioningDeleteProfile),
    removals: door(commands.provisioningDisconnectPlan),
    disconnect: door(commands.provisioningDisconnect),
    switchApi: door(commands.provisioningSwitchApi),
    losses: door(commands.provisioningForgetSays),
    forget: door(commands.provisioningForget),
  },
  gates: {
    list: door(commands.gatesList),
    install: door(commands.gatesInstall),
    update: door(commands.gatesUpdate),
    remove: door(commands.gatesRemove),
  },
  window: {
    painted: door(commands.windowPainted),
    notify: door(commands.windowNotify),
    touched: door(commands.windowTouched),
    quit: door(commands.windowQuit),
  },
};

/** Tells what changed, as topics. */
export async function onChanged(listener: (topics: C.Topic[]) => void): Promise<() => void> {
  return events.changed.listen((event) => listener(event.payload));
}

/** Tells what runs say while they are at work. */
export async function onLive(listener: (event: C.LiveEvent) => void): Promise<() => void> {
  return events.live.listen((event) => listener(event.payload));
}
