/** Invented accounts, and what opens them. `ines` has a second factor: 123 456. */
import { emit } from '@tauri-apps/api/event';
import type * as C from '../shared/contract';

const GLYCINES: C.CustomerView = { id: 'c1', name: 'Clinique des Glycines' };
const BREMONT: C.CustomerView = { id: 'c2', name: 'Mairie de Brémont' };
const NORTHFOLD: C.CustomerView = { id: 'c3', name: 'Northfold Surveyors' };

const SECRET = 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP';

export const RECOVERY_KEY = '4F7K-9QXA-0C3D-TT8N-61VW-HE2J-PZRM-5YB4';

/** A pattern with the look of a QR code; nothing reads it. */
const QR = Array.from({ length: 33 }, (_, y) =>
  Array.from({ length: 33 }, (_, x) => {
    const [fx, fy] = [x > 25 ? 32 - x : x, y > 25 ? 32 - y : y];
    const corner = !(x > 25 && y > 25) && fx < 7 && fy < 7;
    if (corner)
      return Math.max(Math.abs(fx - 3), Math.abs(fy - 3)) % 2 === 1 || (fx === 3 && fy === 3) ? '1' : '0';
    return (x * 7 + y * 13 + ((x * y) % 5)) % 3 === 0 ? '1' : '0';
  }).join(''),
);

function refused(field: string, en: string, fr: string): C.AppError {
  return {
    code: 'invalid_fields',
    message: en,
    hint: null,
    retry: 'after_change',
    run: null,
    fields: [{ field, words: { en, fr } }],
    params: {},
  };
}

export function failure(code: C.Code, message: string, params: Record<string, string> = {}): C.AppError {
  return { code, message, hint: null, retry: 'after_change', run: null, fields: [], params };
}

export class FakeAccounts {
  all: C.Account[] = [
    person('a1', 'Camille Morvan', 'administrator', null, true),
    person('a2', 'Noé Kermarec', 'administrator', null),
    { ...person('a3', 'Inès Calvet', 'restricted_administrator', GLYCINES), second_factor: true },
    person('a4', 'Paul Aubrac', 'end_user', GLYCINES),
    {
      ...person('a5', 'Ruth Le Goff', 'restricted_administrator', BREMONT),
      disabled_at: '2026-03-01T09:14:00Z',
    },
    person('a6', 'Hugo Savary', 'restricted_administrator', GLYCINES),
    person('a7', 'Lucie Tissot', 'restricted_administrator', GLYCINES),
    person('a8', 'Gwen Ashdown', 'restricted_administrator', NORTHFOLD),
  ];
  customers = [GLYCINES, BREMONT, NORTHFOLD];
  own: C.OwnAccount = {
    id: 'a1',
    name: 'Camille Morvan',
    role: 'administrator',
    customer: null,
    second_factor_since: null,
    codes_left: 0,
    recovery_key: false,
    keyring: false,
  };

  door(): C.Door {
    return {
      name: 'Tour & Cie',
      last: 'a1',
      not_before: null,
      accounts: this.all.map((account) => ({
        id: account.id,
        name: account.name,
        role: account.role,
        disabled: account.disabled_at !== null,
        keyring: account.id === 'a1',
        recovery: account.id === 'a1',
      })),
    };
  }

  /** Whether this opens the workspace; what else is asked is thrown. */
  opens(entry: C.EntryTold): boolean {
    const { by } = entry;
    if (by.way === 'keyring') return true;
    if (by.way === 'recovery') {
      if (by.key.replace(/[\s-]/g, '').toUpperCase() === RECOVERY_KEY.replace(/-/g, '')) return true;
      throw failure('wrong_recovery_key', 'This is not the recovery key.', { seconds: '1' });
    }
    if (by.password !== 'open sesame') return false;
    const account = this.all.find((each) => each.id === entry.account);
    if (!account?.second_factor || entry.code === '123456') return true;
    throw entry.code === null
      ? failure('second_factor_needed', 'This account has a second factor.')
      : failure('wrong_code', 'This code is wrong.', { seconds: '1' });
  }

  answer(command: string, args: Record<string, unknown>): unknown {
    const changed = (value: unknown = null) => {
      void emit('changed', [{ kind: 'accounts' }, { kind: 'customers' }]);
      return value;
    };
    const change = (with_: Partial<C.Account>) => {
      this.all = this.all.map((each) => (each.id === args.account ? { ...each, ...with_ } : each));
      return changed();
    };
    const mine = (with_: Partial<C.OwnAccount>) => {
      this.own = { ...this.own, ...with_ };
      return changed();
    };
    const password = args.password ?? args.own ?? args.old;
    if (password !== undefined && password !== 'open sesame') {
      throw failure('wrong_password', 'Wrong password.', { seconds: '1' });
    }
    switch (command) {
      case 'accounts_list':
        return this.all;
      case 'accounts_own':
        return this.own;
      case 'accounts_create': {
        const asked = args.account as C.NewAccount;
        if (this.all.some((each) => each.name === asked.name)) {
          throw refused(
            'name',
            'There is an account of this name already.',
            'Il y a déjà un compte de ce nom.',
          );
        }
        const customer = this.customers.find((each) => each.id === asked.customer) ?? null;
        this.all = [...this.all, person(`a${this.all.length + 1}`, asked.name, asked.role, customer)];
        return changed(this.all.at(-1)?.id);
      }
      case 'accounts_rename':
        return change({ name: String(args.name) });
      case 'accounts_disable':
        return change({ disabled_at: new Date().toISOString() });
      case 'accounts_enable':
        return change({ disabled_at: null });
      case 'accounts_delete':
        this.all = this.all.filter((each) => each.id !== args.account);
        return changed();
      case 'accounts_reset_second_factor':
        return change({ second_factor: false });
      case 'accounts_begin_second_factor':
        return { secret: SECRET, uri: 'otpauth://totp/Towerify', qr: QR } satisfies C.Enrolment;
      case 'accounts_confirm_second_factor':
        if (args.code !== '123456') throw refused('code', 'This is not the code.', 'Ce n’est pas le code.');
        mine({ second_factor_since: new Date().toISOString(), codes_left: 10 });
        return {
          codes: Array.from({ length: 10 }, (_, n) => `7K3${n}-QX2A-0C9D-TT8N`),
        } satisfies C.RecoveryCodes;
      case 'accounts_end_second_factor':
        return mine({ second_factor_since: null, codes_left: 0 });
      case 'accounts_new_recovery_key':
        return { key: RECOVERY_KEY, asked: [3, 6] } satisfies C.RecoveryKeyShown;
      case 'accounts_confirm_recovery_key': {
        const groups = args.groups as C.GroupTold[];
        const right = groups.every(
          ({ place, group }) => RECOVERY_KEY.split('-')[place - 1] === group.toUpperCase(),
        );
        if (!right)
          throw refused('groups', 'This is not what was shown.', 'Ce n’est pas ce qui a été montré.');
        return mine({ recovery_key: true });
      }
      case 'accounts_drop_recovery_key':
        return mine({ recovery_key: false });
      case 'accounts_open_on_this_device':
        return mine({ keyring: true });
      case 'accounts_forget_on_this_device':
        return mine({ keyring: false });
      case 'customers_list':
        return this.customers;
      case 'customers_create': {
        const made = { id: `c${this.customers.length + 1}`, name: String(args.name) };
        this.customers = [...this.customers, made];
        return changed(made);
      }
      default:
        return changed();
    }
  }
}

function person(
  id: string,
  name: string,
  role: C.Role,
  customer: C.CustomerView | null,
  own = false,
): C.Account {
  return {
    id,
    name,
    role,
    customer,
    created_at: '2026-02-11T08:30:00Z',
    disabled_at: null,
    second_factor: false,
    own,
  };
}
