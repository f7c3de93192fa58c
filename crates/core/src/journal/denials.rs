//! Denials in the journal: whoever asks for what their role does not hold is written down. The first denial of a kind is
//! written at once; those that follow within a minute become one entry that counts them, so that a program which asks
//! twenty thousand times fills no journal.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio::{sync::Notify, task::JoinHandle, time::Instant};
use towerify_domain::{
    Actor, Denied,
    id::{AccountId, CustomerId, EntryId},
    policy::{Privilege, Role, Witness},
};
use towerify_store::{NewEntry, Store};

use crate::{
    Events, Topic,
    clock::{new_id, now},
};

/// So long a kind of denial is counted before the next entry.
const TOGETHER: Duration = Duration::from_secs(60);

/// Who was denied what.
type Kind = (AccountId, Privilege);

/// Denials that were heard and are not written yet.
#[derive(Default)]
pub(crate) struct Heard {
    denials: Mutex<BTreeMap<Kind, Count>>,
    notify: Notify,
}

/// Denials of one kind.
struct Count {
    who: String,
    role: Role,
    customer: Option<CustomerId>,
    times: u32,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl Heard {
    /// The witness that an actor of this workspace carries.
    pub(crate) fn witness(self: &Arc<Self>) -> Witness {
        let heard = Arc::clone(self);
        Witness::new(move |actor, denied| heard.hear(actor, denied))
    }

    fn hear(&self, actor: &Actor, denied: &Denied) {
        let at = now();
        self.lock()
            .entry((actor.account, denied.privilege))
            .and_modify(|count| {
                count.times = count.times.saturating_add(1);
                count.last = at;
            })
            .or_insert_with(|| Count {
                who: actor.name.clone(),
                role: actor.role,
                customer: actor.customer,
                times: 1,
                first: at,
                last: at,
            });
        self.notify.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Kind, Count>> {
        self.denials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is due: all but the kinds that are quiet.
    fn due(&self, quiet: &BTreeMap<Kind, Instant>) -> Vec<(Kind, Count)> {
        self.lock()
            .extract_if(.., |kind, _| !quiet.contains_key(kind))
            .collect()
    }
}

/// Writes what was heard into the journal, until it is ended.
pub(crate) struct Denials {
    heard: Arc<Heard>,
    place: Place,
    task: JoinHandle<()>,
}

/// Where denials are written.
#[derive(Clone)]
struct Place {
    store: Store,
    events: Events,
    workspace: String,
}

impl Denials {
    /// From now on, in the workspace of this name.
    pub(crate) fn start(
        heard: Arc<Heard>,
        store: Store,
        events: Events,
        workspace: String,
    ) -> Self {
        let place = Place {
            store,
            events,
            workspace,
        };
        let task = tokio::spawn(watch(Arc::clone(&heard), place.clone()));
        Self { heard, place, task }
    }

    /// Writes what is left, and hears no more.
    pub(crate) async fn end(mut self) {
        self.task.abort();
        // What it was writing is written or not, but not half.
        let _ = (&mut self.task).await;
        for (kind, count) in self.heard.due(&BTreeMap::new()) {
            self.place.write(kind, count).await;
        }
    }
}

impl Drop for Denials {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(heard: Arc<Heard>, place: Place) {
    // Until when a kind is only counted.
    let mut quiet: BTreeMap<Kind, Instant> = BTreeMap::new();
    loop {
        let at = Instant::now();
        quiet.retain(|_, until| *until > at);
        for (kind, count) in heard.due(&quiet) {
            place.write(kind, count).await;
            quiet.insert(kind, Instant::now() + TOGETHER);
        }
        let counting = heard
            .lock()
            .keys()
            .filter_map(|kind| quiet.get(kind).copied())
            .min();
        let over = async {
            match counting {
                Some(until) => tokio::time::sleep_until(until).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = heard.notify.notified() => {}
            () = over => {}
        }
    }
}

impl Place {
    async fn write(&self, (account, privilege): Kind, count: Count) {
        let entry = NewEntry {
            id: EntryId::from_uuid(new_id()),
            at: now(),
            account_id: Some(account),
            who: count.who,
            role: count.role.name().into(),
            what: format!("ask.{}", privilege.name()),
            subject_kind: "workspace".into(),
            subject_id: None,
            subject: self.workspace.clone(),
            customer_id: count.customer,
            outcome: "denied".into(),
            detail: json!({ "times": count.times, "first": count.first, "last": count.last }),
        };
        match self.store.journal().append(&entry).await {
            Ok(_) => self.events.changed([Topic::Journal]),
            // Nobody waits for the answer: whoever was denied was told so.
            Err(error) => tracing::warn!(%error, "a denial could not be written into the journal"),
        }
    }
}
