//! What the workspace holds: servers with what they last answered, runs with their traces, fleet runs, schedules.

use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::{Value, json};
use towerify_domain::Words;
use towerify_domain::id::{FleetId, HostKeyId, RunId, ScheduleId, SecretId, ServerId};
use towerify_domain::run::{RunKind, RunState, Sign, StepState};
use towerify_domain::schedule::Timing;
use towerify_domain::server::{Reason, ServerState};
use towerify_store::{
    App, Credential, HostKeyRow, NewFleetMember, NewFleetRun, NewRun, NewSchedule, NewServer,
    NewSnapshot, NewTraceLine, NowState, Refresh, RunEnd, RunStep, ServerEdit, Sight, StateReason,
    Store, Summary,
};
use towerify_vault::{ENDORSING, Keys};
use uuid::Uuid;

use crate::{Customer, Person, Runs, Server, noon};

/// The password that opens every server.
pub const LOGIN: &str = "the provider's way in";

/// What every run keeps sealed.
pub const RUN_SECRET: &str = "what a run needs";

/// Writes the content, with ids that count up.
pub(crate) struct Content<'s> {
    store: &'s Store,
    administrator: Person,
    last: u128,
}

impl<'s> Content<'s> {
    pub(crate) fn new(store: &'s Store, administrator: Person) -> Self {
        Self {
            store,
            administrator,
            last: 0,
        }
    }

    fn id(&mut self) -> Uuid {
        self.last += 1;
        Uuid::from_u128(0x0190_c0de_0000_7000_8000_0000_0000_0000 | self.last)
    }

    /// The provider's own machine, in front of customers' servers.
    pub(crate) async fn hop(&mut self, keys: &Keys) -> ServerId {
        let id = ServerId::from_uuid(self.id());
        self.insert(id, "rebond-fournisseur", "127.64.0.1", None, None, keys)
            .await;
        id
    }

    async fn insert(
        &mut self,
        id: ServerId,
        name: &str,
        address: &str,
        of: Option<&Customer>,
        jump: Option<ServerId>,
        keys: &Keys,
    ) {
        let marker = of.map_or("provider", |of| of.marker);
        let new = NewServer {
            id,
            edit: ServerEdit {
                name: name.into(),
                address: address.into(),
                // Nobody listens there.
                port: 9,
                user: "admin".into(),
                login: "password".into(),
                sudo: "password".into(),
                jump_server_id: jump,
                main_domain: Some(format!("{marker}.example")),
                customer: of.map(|of| of.name.clone()),
                tags: vec![marker.into(), "prod".into()],
            },
            state: NowState {
                state: ServerState::ToDo,
                reasons: Vec::new(),
            },
            created_at: noon(),
        };
        self.store.servers().insert(&new).await.unwrap();
        let secret = SecretId::from_uuid(self.id());
        let sealed = keys
            .sealer(ENDORSING)
            .seal_text(Credential::place(secret), &SecretString::from(LOGIN));
        let credential = Credential {
            id: secret,
            server_id: id,
            kind: "password".into(),
            public: None,
            secret: Some(sealed.unwrap()),
            created_at: noon(),
        };
        self.store.credentials().put(&credential).await.unwrap();
        let key = HostKeyRow {
            id: HostKeyId::from_uuid(self.id()),
            server_id: id,
            protocol: "ssh".into(),
            algorithm: "ssh-ed25519".into(),
            blob: blob(self.last),
            fingerprint: format!("SHA256:{marker}{}", self.last),
            state: "pinned".into(),
            how_checked: "console".into(),
            accepted_by: self.administrator.name.clone(),
            accepted_at: noon(),
            revoked_at: None,
        };
        self.store.host_keys().pin(&key).await.unwrap();
    }

    pub(crate) async fn server(
        &mut self,
        of: &Customer,
        k: usize,
        jump: Option<ServerId>,
        keys: &Keys,
    ) -> Server {
        let id = ServerId::from_uuid(self.id());
        let name = format!("{}-{k:02}", of.marker);
        let address = format!("{}.{}", of.network, k + 1);
        self.insert(id, &name, &address, Some(of), jump, keys).await;
        let own = Sight::Gate(of.administrator.account);
        for sight in [Sight::Whole, own] {
            let read = answer(id, sight, of.marker, jump.is_some());
            self.store.servers().record(&read).await.unwrap();
        }
        // What a trace says of the way there.
        let way = match jump {
            Some(_) => " through rebond-fournisseur (127.64.0.1)",
            None => "",
        };
        let place = (id, way);
        let own = of.administrator.own_key();
        let theirs = self.runs(place, of, &of.administrator, &own, keys).await;
        let administrator = self.administrator.clone();
        let providers = self.runs(place, of, &administrator, ENDORSING, keys).await;
        Server {
            id,
            name,
            theirs,
            providers,
        }
    }

    async fn runs(
        &mut self,
        (server, way): (ServerId, &str),
        of: &Customer,
        by: &Person,
        under: &str,
        keys: &Keys,
    ) -> Runs {
        let mut all = Vec::new();
        for state in [RunState::Paused, RunState::Failed, RunState::Done] {
            let run = RunId::from_uuid(self.id());
            let seal = |place| {
                let text = SecretString::from(format!("[\"{RUN_SECRET}\"]"));
                Some(keys.sealer(under).seal_text(place, &text).unwrap())
            };
            let step = |n: u16, name: &str, state: StepState| RunStep {
                n,
                name: name.into(),
                intent: Words::same(format!("{name} {}", of.marker)),
                state,
                attempt: 1,
                can_undo: false,
                started_at: Some(noon()),
                ended_at: None,
                observation: Some(
                    json!({ "words": { "en": of.marker, "fr": of.marker }, "data": null }),
                ),
            };
            let new = NewRun {
                id: run,
                kind: RunKind::UserCreate,
                server_id: Some(server),
                batch_id: None,
                title: Words::same(format!("Create {}.user", of.marker)),
                input: json!({
                    "change": "create_user", "username": format!("{}.user", of.marker),
                    "fullname": of.marker, "domain": format!("{}.example", of.marker), "quota": null,
                }),
                secret: seal(NewRun::place(run)),
                conceal: seal(NewRun::conceal_place(run)),
                sealed_under: under.into(),
                state: RunState::Waiting,
                started_by: by.account,
                started_name: by.name.clone(),
                started_at: noon() + TimeDelta::seconds(i64::try_from(self.last).unwrap()),
                steps: vec![
                    step(0, "reach", StepState::Done),
                    step(1, "change", StepState::Waiting),
                    step(2, "read", StepState::Waiting),
                ],
            };
            let runs = self.store.runs();
            runs.insert(&new).await.unwrap();
            let line = NewTraceLine {
                at: noon(),
                step: 0,
                sign: Sign::Info,
                text: format!("{}{way}", of.marker),
                always: false,
            };
            self.store.run_trace().append(run, &[line]).await.unwrap();
            match state {
                RunState::Paused => runs.set_state(run, state, Some(0), None).await.unwrap(),
                state => {
                    let words = Words::same(format!("{} refused", of.marker));
                    let error = (state == RunState::Failed)
                        .then(|| ("refused".to_owned(), json!(words).to_string()));
                    // Recent: what is kept for a retry is forgotten after some days.
                    let at = chrono::DateTime::parse_from_rfc3339("2199-01-01T00:00:00Z").unwrap();
                    let end = RunEnd {
                        state,
                        at: at.into(),
                        error,
                    };
                    runs.end(run, &end).await.unwrap();
                }
            }
            all.push(run);
        }
        Runs {
            paused: all[0],
            failed: all[1],
            done: all[2],
        }
    }

    pub(crate) async fn fleets(&mut self, customers: &[Customer]) -> [FleetId; 2] {
        let mut all = Vec::new();
        for paused in [false, true] {
            let id = FleetId::from_uuid(self.id());
            let members = customers
                .iter()
                .map(|of| NewFleetMember {
                    server: of.servers[0].id,
                    name: of.servers[0].name.clone(),
                    wave: 1,
                })
                .collect();
            let new = NewFleetRun {
                id,
                kind: RunKind::Refresh,
                title: Words::same("Read again on 2 servers"),
                order: order(),
                secret: None,
                dry: true,
                schedule: None,
                started_by: self.administrator.account,
                started_name: self.administrator.name.clone(),
                started_at: noon(),
                members,
            };
            let fleets = self.store.fleet_runs();
            fleets.insert(&new, None).await.unwrap();
            let state = match paused {
                true => towerify_domain::fleet::FleetState::Paused,
                false => towerify_domain::fleet::FleetState::Cancelled,
            };
            fleets.set_state(id, state, None, noon()).await.unwrap();
            all.push(id);
        }
        [all[0], all[1]]
    }

    pub(crate) async fn schedules(&mut self) -> Vec<ScheduleId> {
        let timing: Timing = serde_json::from_value(json!({
            "when": { "kind": "once", "at": "2199-01-01T03:00:00" }, "zone": "UTC",
        }))
        .unwrap_or_else(|error| panic!("{error}"));
        let mut all = Vec::new();
        for n in 0..12 {
            let id = ScheduleId::from_uuid(self.id());
            let new = NewSchedule {
                id,
                name: format!("Schedule {n} of both customers"),
                timing: timing.clone(),
                order: order(),
                next_at: None,
                created_by: self.administrator.account,
                created_name: self.administrator.name.clone(),
                created_at: noon(),
            };
            self.store.schedules().insert(&new).await.unwrap();
            all.push(id);
        }
        all
    }
}

fn order() -> Value {
    json!({ "change": { "kind": "refresh" }, "selection": { "kind": "all" }, "dry": true })
}

/// The blob of an invented ed25519 key.
fn blob(n: u128) -> Vec<u8> {
    let mut blob = Vec::new();
    for part in [
        b"ssh-ed25519".as_slice(),
        &[&n.to_be_bytes()[..], &[7; 16]].concat(),
    ] {
        blob.extend((part.len() as u32).to_be_bytes());
        blob.extend(part);
    }
    blob
}

/// All that a server answers to a reading.
fn answer(id: ServerId, sight: Sight, marker: &str, behind: bool) -> Refresh {
    let domain = format!("{marker}.example");
    let user = format!("{marker}.user");
    let snapshot = |kind: &str, json: Value| NewSnapshot {
        kind: kind.into(),
        taken_at: noon(),
        json,
    };
    let mut reasons = vec![StateReason {
        reason: Reason::UpdatesWaiting,
        text: Some(format!("{marker} waits")),
    }];
    if behind {
        reasons = vec![StateReason {
            reason: Reason::JumpFailed,
            text: Some(format!(
                "127.64.0.1:9 could not connect onwards to {domain}"
            )),
        }];
    }
    Refresh {
        server: id,
        sight,
        at: noon(),
        state: NowState {
            state: ServerState::Warn,
            reasons,
        },
        main_domain: Some(domain.clone()),
        summary: Summary {
            yunohost: Some("12.1.25".into()),
            debian: Some("12".into()),
            arch: Some("x86_64".into()),
            apps: Some(1),
            users: Some(1),
            updates: Some(1),
            certificate_until: Some(noon() + TimeDelta::days(80)),
            ..Summary::default()
        },
        snapshots: vec![
            snapshot(
                "facts",
                json!({
                    "protocol": 1, "python": "3.11.2", "debian": "12", "os": "debian", "codename": "bookworm",
                    "arch": "x86_64", "kernel": "6.1", "host": domain, "yunohost": "12.1.25", "postinstalled": true,
                    "main_domain": domain, "systemd": true, "boot_id": marker, "pid1_start": 1, "uid": 0,
                    "mem_kib": 1, "mem_free_kib": 1, "disk_kib": 1, "disk_free_kib": 1, "clock": 0.0,
                }),
            ),
            snapshot(
                "users",
                json!({ "users": { user.clone(): {
                "username": user, "fullname": marker, "mail": format!("{user}@{domain}"),
                "mail-alias": [], "mail-forward": [], "mailbox-quota": "0",
            } } }),
            ),
            snapshot(
                "groups",
                json!({ "groups": { marker: {
                "members": [user], "permissions": [format!("{marker}.main")],
            } } }),
            ),
            snapshot(
                "permissions",
                json!({ "permissions": { format!("{marker}.main"): {
                "allowed": [user], "corresponding_users": [user], "label": marker, "url": "/",
            } } }),
            ),
            snapshot("domains", json!({ "domains": [domain], "main": domain })),
            snapshot(
                "certificates",
                json!({ "certificates": { domain.clone(): {
                "CA_type": "selfsigned", "validity": 80, "style": "success", "subject": domain,
            } } }),
            ),
            snapshot(
                "apps",
                json!({ "apps": [{
                "id": marker, "name": marker, "label": marker, "description": marker, "version": "1~ynh1",
                "settings": { "domain": domain, "path": "/" },
            }] }),
            ),
            snapshot(
                "services",
                json!({ marker: {
                "status": "running", "description": marker, "start_on_boot": "enabled",
            } }),
            ),
            snapshot(
                "diagnosis",
                json!({ "reports": [{
                "id": "basesystem", "description": marker, "items": [
                    { "status": "SUCCESS", "summary": marker, "details": [marker], "ignored": false, "meta": {} },
                ],
            }] }),
            ),
            snapshot(
                "operations",
                json!({ "operation": [{
                "name": format!("20260302-120000-{marker}"), "description": marker, "success": true,
                "path": marker,
            }] }),
            ),
        ],
        apps: Some(vec![App {
            app: marker.into(),
            manifest: marker.into(),
            label: marker.into(),
            version: Some("1~ynh1".into()),
            new_version: None,
            upgradable: false,
            domain: Some(domain),
            path: Some("/".into()),
            state: "ok".into(),
        }]),
    }
}
