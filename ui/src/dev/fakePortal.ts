/** An end user's places and apps, invented, behind the same commands as the program's. */
import { emit } from '@tauri-apps/api/event';
import type * as C from '../shared/contract';

const now = Date.now();
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();

export const FINGERPRINT =
  '3F:9A:0C:71:D2:4E:88:B5:17:6D:F0:2B:C9:A4:53:EE:61:08:9D:7C:B2:35:F4:1A:80:CD:56:29:E7:93:4B:0F';

const PLACE: C.PlaceView = {
  id: 'pl1',
  domain: 'nuage.glycines.example',
  title: 'Clinique des Glycines',
  username: 'a.perrin',
  fullname: 'Aline Perrin',
  signed_in: true,
  standing: { state: 'answers', at: ago(0) },
  known_at: ago(2),
};

const APPS: readonly [string, string, string, string][] = [
  ['nextcloud', 'Files', 'nuage.glycines.example/nuage', 'Online storage and file sharing'],
  ['roundcube', 'Mail', 'nuage.glycines.example/courriel', 'Webmail'],
  ['bookstack', 'Wiki', 'wiki.glycines.example/wiki', 'Wiki and documentation'],
  ['vaultwarden', 'Passwords', 'coffre.glycines.example/coffre', 'Password manager'],
  ['framadate', 'Meeting dates', 'nuage.glycines.example/dates', 'Planning of meetings'],
  ['collabora', 'Documents', 'nuage.glycines.example/office', 'Online office suite'],
  ['jitsi', 'Video calls', 'visio.glycines.example', 'Video conferences'],
  ['my_webapp', 'Ward planning', 'nuage.glycines.example/planning', 'Made at the clinic'],
];

function refused(code: C.Code, message: string, params: Record<string, string> = {}): C.AppError {
  return { code, message, hint: null, retry: 'after_change', run: null, fields: [], params };
}

/** A place; `portal=` in the address before the hash chooses another state of it. */
export type PortalWorld = 'none' | 'in' | 'out' | 'offline' | 'changed' | 'nothing' | 'two';

export class FakePortal {
  places: C.PlaceView[] = [];
  aliases = ['aline@nuage.glycines.example'];

  constructor(readonly world: PortalWorld) {
    const since = ago(134);
    if (world === 'none') return;
    this.places = [{ ...PLACE }];
    if (world === 'out') this.change({ signed_in: false });
    if (world === 'offline') {
      this.change({
        signed_in: false,
        known_at: ago(135),
        standing: { state: 'silent', since, code: 'timed_out' },
      });
    }
    if (world === 'changed') {
      this.change({
        standing: {
          state: 'certificate_changed',
          since,
          accepted_at: ago(90_000),
          accepted: FINGERPRINT,
          shown: FINGERPRINT.split(':').reverse().join(':'),
        },
      });
    }
    if (world === 'two') {
      this.places.push({
        ...PLACE,
        id: 'pl2',
        domain: 'saint-aubrac.example',
        title: 'saint-aubrac.example',
        signed_in: false,
        standing: { state: 'silent', since, code: 'connection_refused' },
        known_at: ago(135),
      });
    }
  }

  private change(change: Partial<C.PlaceView>): void {
    this.places = this.places.map((place, at) => (at === 0 ? { ...place, ...change } : place));
  }

  private tell(): null {
    void emit('changed', [{ kind: 'portal' }]);
    return null;
  }

  private tiles(): C.Tile[] {
    const [first, second] = this.places;
    if (!first || this.world === 'nothing') return [];
    const tiles: C.Tile[] = APPS.map(([app, label, address, description]) => ({
      url: `https://${address}`,
      label,
      description,
      app,
      logo: null,
      standing: first.standing,
      places: [first.id],
    }));
    if (second) {
      tiles.push({
        url: 'https://saint-aubrac.example/enquetes',
        label: 'Surveys',
        description: 'Surveys of the commune',
        app: 'limesurvey',
        logo: null,
        standing: second.standing,
        places: [second.id],
      });
    }
    return tiles;
  }

  /** The answer to a command of the portal; undefined for any other. */
  answer(command: string, args: Record<string, unknown>): unknown {
    switch (command) {
      case 'portal_launcher':
        return { places: this.places, tiles: this.tiles() } satisfies C.Launcher;
      case 'portal_logos':
        return {};
      case 'portal_refresh':
      case 'portal_open':
        return null;
      case 'portal_look': {
        const { domain } = args.address as C.PlaceAddress;
        if (domain.startsWith('other.')) throw refused('not_a_portal', 'No portal.', { address: domain });
        return { address: domain, fingerprint: FINGERPRINT } satisfies C.ShownCertificate;
      }
      case 'portal_add': {
        const place = args.place as C.NewPlace;
        if (place.password === 'wrong') throw refused('login_refused', 'The portal did not take this.');
        this.places = [...this.places, { ...PLACE, domain: place.address.domain, username: place.username }];
        this.tell();
        return PLACE.id;
      }
      case 'portal_sign_in':
        if (args.password === 'wrong') throw refused('login_refused', 'The portal did not take this.');
        this.change({ signed_in: true, known_at: ago(0), standing: { state: 'answers', at: ago(0) } });
        return this.tell();
      case 'portal_sign_out':
        this.change({ signed_in: false });
        return this.tell();
      case 'portal_forget':
        this.places = this.places.filter((place) => place.id !== args.place);
        return this.tell();
      case 'portal_accept_certificate':
        this.change({ signed_in: false, standing: { state: 'answers', at: ago(0) } });
        return this.tell();
      case 'portal_profile':
        return {
          place: this.places.find((place) => place.id === args.place) ?? PLACE,
          mail: 'a.perrin@nuage.glycines.example',
          aliases: this.aliases,
          forwards: [],
          groups: ['laboratoire'],
          may_edit_aliases: true,
          may_edit_forwards: false,
          alias_shuts_out: false,
        } satisfies C.Profile;
      case 'portal_change_profile': {
        const change = args.change as C.ProfileChange;
        if (change.fullname) this.change({ fullname: change.fullname });
        if (change.aliases) this.aliases = change.aliases;
        return this.tell();
      }
      case 'portal_change_password':
        if (args.current === 'wrong') {
          const words = {
            en: 'This is not your present password.',
            fr: 'Ce n’est pas votre mot de passe actuel.',
          };
          throw { ...refused('invalid_fields', words.en), fields: [{ field: 'current', words }] };
        }
        return this.tell();
      default:
        return undefined;
    }
  }
}
