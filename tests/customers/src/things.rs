//! What a call is about: one's own thing, another customer's, or one that is nowhere; and what its answer may not tell.

use towerify_domain::id::{AccountId, CustomerId, FleetId, RunId, ScheduleId, ServerId};
use uuid::Uuid;

use crate::{Person, Runs, Workspace};

/// Whose the thing is that a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Of the one who calls.
    Own,
    /// Of the other customer.
    Anothers,
    /// Of nobody: there is no such thing.
    Nobodys,
}

impl Whose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Own, Self::Anothers, Self::Nobodys];
}

/// The thing that a call is about.
#[derive(Debug, Clone)]
pub struct Thing {
    /// A server.
    pub server: ServerId,
    /// Its name. One that is nowhere is as long as one that is there: nothing else tells them apart.
    pub name: String,
    /// The word that stands in the names of the users, apps and domains on it; for whoever does not see it, their own.
    pub marker: &'static str,
    /// Runs on it that the one who calls began, or others of their kind.
    pub runs: Runs,
    /// Fleet runs: one that is over, one that is paused.
    pub fleets: [FleetId; 2],
    /// A schedule.
    pub schedule: ScheduleId,
    /// A profile: its id and its name.
    pub profile: (String, String),
    /// A customer.
    pub customer: CustomerId,
    /// The account of their administrator.
    pub administrator: AccountId,
    /// An account of theirs.
    pub account: AccountId,
    /// Another account of theirs, that nobody needs any more.
    pub guest: AccountId,
    /// Another number each time.
    pub n: usize,
}

impl Workspace {
    /// The thing that this person's `n`-th call is about, with the customer's server of this place. The provider's
    /// administrators have all: theirs is the first customer's here, another's the second one's.
    pub fn thing(&self, by: Option<&Person>, whose: Whose, place: usize, n: usize) -> Thing {
        let customer = by.and_then(|by| by.customer);
        let of_second = (customer == Some(self.customers[1].id)) == (whose == Whose::Own);
        let of = &self.customers[usize::from(of_second)];
        let others = &self.customers[usize::from(!of_second)];
        let server = &of.servers[place];
        let marker = match customer {
            Some(_) if whose != Whose::Own => others.marker,
            _ => of.marker,
        };
        if whose == Whose::Nobodys {
            let id = |k: usize| invented((n * 10 + k) as u128);
            let run = |k| RunId::from_uuid(id(k));
            return Thing {
                server: ServerId::from_uuid(id(0)),
                name: server
                    .name
                    .replace(of.marker, &"nowhere"[..of.marker.len()]),
                marker,
                runs: Runs {
                    paused: run(1),
                    failed: run(2),
                    done: run(3),
                },
                fleets: [id(4), id(5)].map(FleetId::from_uuid),
                schedule: ScheduleId::from_uuid(id(6)),
                profile: (id(6).to_string(), "Profil inventé".into()),
                customer: CustomerId::from_uuid(id(7)),
                account: AccountId::from_uuid(id(8)),
                guest: AccountId::from_uuid(id(9)),
                administrator: AccountId::from_uuid(id(9)),
                n,
            };
        }
        Thing {
            server: server.id,
            name: server.name.clone(),
            marker,
            runs: match by {
                Some(_) if customer.is_none() => server.providers,
                _ => server.theirs,
            },
            fleets: self.fleets,
            schedule: self.schedules[n % self.schedules.len()],
            profile: (self.profile.id.clone(), self.profile.name.clone()),
            customer: of.id,
            account: of.end_user.account,
            guest: of.guest.account,
            administrator: of.administrator.account,
            n,
        }
    }

    /// What an answer tells this person of customers that are not theirs: markers, addresses, ids, and how the provider
    /// reaches servers. What was asked may be repeated.
    pub fn told_of_others(&self, person: &Person, said: &str, asked: &str) -> Vec<String> {
        let Some(customer) = person.customer else {
            return Vec::new();
        };
        let mut words = vec![
            "127.64.0.1".to_owned(),
            "rebond-fournisseur".to_owned(),
            self.hop.to_string(),
            self.profile.name.clone(),
        ];
        for other in self.customers.iter().filter(|other| other.id != customer) {
            words.extend([
                other.marker.to_owned(),
                other.network.to_owned(),
                other.id.to_string(),
                other.administrator.account.to_string(),
                other.end_user.account.to_string(),
                other.guest.account.to_string(),
            ]);
            for server in &other.servers {
                words.push(server.id.to_string());
                for runs in [server.theirs, server.providers] {
                    words.extend([runs.paused, runs.failed, runs.done].map(|run| run.to_string()));
                }
            }
        }
        words.retain(|word| said.contains(word) && !asked.contains(word));
        words
    }
}

/// An id that nothing has, as a person who guesses would make one.
pub fn invented(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_ffff_0000_7000_8000_0000_0000_0000 | n)
}

/// The text with every UUID in it made one: what differs by the ids that were asked alone is the same.
pub fn without_ids(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        if rest.get(..36).is_some_and(|id| Uuid::try_parse(id).is_ok()) {
            kept.push_str("ID");
            rest = &rest[36..];
        } else {
            kept.push(sign);
            rest = &rest[sign.len_utf8()..];
        }
    }
    kept
}
