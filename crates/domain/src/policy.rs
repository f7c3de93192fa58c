//! Which role may do what, over which things: one table, [`scope_of`]. Every use case begins by turning an [`Actor`]
//! into a [`Permit`], and what touches the store or a server takes the permit, so that a forgotten check does not
//! compile. The table is rendered into `docs/ROLES.md` by a test.
//!
//! This says what the program shows and does. The wall itself is elsewhere: in what a workspace holds, and on the
//! server.

use crate::id::{AccountId, CustomerId};
use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// What an account is in the workspace.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The provider: the whole fleet, customers, accounts.
    Administrator,
    /// The customer's own administrator.
    RestrictedAdministrator,
    /// Someone at the customer who only uses the apps.
    EndUser,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::Administrator,
        Self::RestrictedAdministrator,
        Self::EndUser,
    ];

    /// Its name in the store and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::RestrictedAdministrator => "restricted_administrator",
            Self::EndUser => "end_user",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Administrator => Words::new("Administrator", "Administrateur"),
            Self::RestrictedAdministrator => {
                Words::new("Restricted administrator", "Administrateur restreint")
            }
            Self::EndUser => Words::new("End user", "Utilisateur final"),
        }
    }
}

/// Over which things a privilege holds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// What belongs to the account itself.
    Own,
    /// What belongs to the account's customer (and to the account itself).
    Customer,
    /// Everything in the workspace.
    All,
}

macro_rules! privileges {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $en:literal, $fr:literal;)+) => {
        /// Something that one may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
        #[serde(rename_all = "snake_case")]
        pub enum Privilege { $($(#[$doc])* $name,)+ }

        impl Privilege {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in JSON and in the journal.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it lets one do, in words.
            #[must_use]
            pub fn words(self) -> Words {
                match self { $(Self::$name => Words::new($en, $fr),)+ }
            }
        }

        /// One type a privilege, so that a [`Permit`](super::Permit) for one thing is not taken for another.
        pub mod may {
            use super::{Named, Privilege};
            $(
                $(#[$doc])*
                #[derive(Debug, Clone, Copy)]
                pub enum $name {}
                impl Named for $name {
                    const PRIVILEGE: Privilege = Privilege::$name;
                }
            )+
        }
    };
}

privileges! {
    /// Manage the workspace: its settings, its copies, its upgrade.
    ManageWorkspace = "manage_workspace", "Manage the workspace", "Gérer l’espace de travail";
    /// Create and change accounts and their roles.
    ManageAccounts = "manage_accounts", "Manage accounts", "Gérer les comptes";
    /// Change the password that one opens the workspace with.
    ChangePassword = "change_password", "Change the password", "Changer le mot de passe";
    /// Change what opens one's own account: second factor, recovery key, this device's keyring.
    ManageOwnAccount = "manage_own_account", "Manage one’s own account", "Gérer son propre compte";
    /// Use the apps one was given access to, with one's own user name and password on the servers.
    UsePortal = "use_portal", "Use one’s apps", "Utiliser ses apps";
    /// Create and change customers.
    ManageCustomers = "manage_customers", "Manage customers", "Gérer les clients";
    /// See servers, their state and what they answered.
    SeeServers = "see_servers", "See servers", "Voir les serveurs";
    /// Add a server to the fleet.
    AddServer = "add_server", "Add a server", "Ajouter un serveur";
    /// Accept or replace a server's host key.
    AcceptHostKey = "accept_host_key", "Accept a host key", "Accepter une clé d’hôte";
    /// Change a server's name, address, login, tags.
    EditServer = "edit_server", "Edit a server", "Modifier un serveur";
    /// Take a server out of the fleet.
    RemoveServer = "remove_server", "Remove a server", "Retirer un serveur";
    /// Make a machine into a server, and take what was put on one away again.
    ProvisionServer = "provision_server", "Bring a server into service", "Mettre un serveur en service";
    /// Put restricted administrators' entries on servers, and take them away.
    ManageGates = "manage_gates", "Manage entries to servers", "Gérer les entrées aux serveurs";
    /// Read servers again.
    RefreshServers = "refresh_servers", "Refresh servers", "Relire les serveurs";
    /// Save views of lists.
    SaveViews = "save_views", "Save views", "Enregistrer des vues";
    /// See users, groups and who has access to what.
    SeePeople = "see_people", "See users and access", "Voir les utilisateurs et les accès";
    /// Create, change and delete users and groups.
    ManageUsers = "manage_users", "Manage users", "Gérer les utilisateurs";
    /// Give and take access to apps.
    ManagePermissions = "manage_permissions", "Give and take access", "Donner et retirer des accès";
    /// See apps and the catalogue.
    SeeApps = "see_apps", "See apps", "Voir les apps";
    /// Open an app in the browser.
    OpenApp = "open_app", "Open an app", "Ouvrir une app";
    /// Install an app.
    InstallApp = "install_app", "Install an app", "Installer une app";
    /// Upgrade an app.
    UpgradeApp = "upgrade_app", "Upgrade an app", "Mettre à jour une app";
    /// Remove an app, with its data.
    RemoveApp = "remove_app", "Remove an app", "Retirer une app";
    /// See domains and certificates.
    SeeDomains = "see_domains", "See domains", "Voir les domaines";
    /// See services and the diagnosis.
    SeeServices = "see_services", "See services and the diagnosis", "Voir les services et le diagnostic";
    /// See runs and their traces.
    SeeRuns = "see_runs", "See runs", "Voir les opérations";
    /// Cancel a run, or decide about one whose outcome is unknown.
    CancelRun = "cancel_run", "Cancel a run", "Annuler une opération";
    /// Make the same change on many servers at once, and see what became of it.
    RunFleet = "run_fleet", "Change many servers at once", "Modifier plusieurs serveurs à la fois";
    /// Plan fleet runs that begin by themselves.
    ManageSchedules = "manage_schedules", "Schedule fleet runs", "Planifier des opérations de parc";
    /// Read the journal.
    SeeJournal = "see_journal", "See the journal", "Voir le journal";
    /// Check the journal's chain, and export it with a signature.
    ExportJournal = "export_journal", "Check and export the journal", "Vérifier et exporter le journal";
    /// Let go of old entries of the journal.
    CutJournal = "cut_journal", "Let go of old journal entries", "Se défaire des anciennes entrées du journal";
}

/// The table: the scope over which `role` holds `privilege`, `None` where it does not.
#[must_use]
#[rustfmt::skip]
pub const fn scope_of(role: Role, privilege: Privilege) -> Option<Scope> {
    use Privilege::*;
    use Scope::{All, Customer, Own};
    // A row: what the administrator, the restricted administrator and the end user may.
    let (administrator, restricted, end_user) = match privilege {
        ManageWorkspace   => (Some(All), None,           None),
        ManageAccounts    => (Some(All), None,           None),
        ChangePassword    => (Some(Own), Some(Own),      Some(Own)),
        ManageOwnAccount  => (Some(Own), Some(Own),      Some(Own)),
        UsePortal         => (Some(Own), Some(Own),      Some(Own)),
        ManageCustomers   => (Some(All), None,           None),
        SeeServers        => (Some(All), Some(Customer), None),
        AddServer         => (Some(All), None,           None),
        AcceptHostKey     => (Some(All), None,           None),
        EditServer        => (Some(All), None,           None),
        RemoveServer      => (Some(All), None,           None),
        ProvisionServer   => (Some(All), None,           None),
        ManageGates       => (Some(All), None,           None),
        RefreshServers    => (Some(All), Some(Customer), None),
        SaveViews         => (Some(Own), Some(Own),      None),
        SeePeople         => (Some(All), Some(Customer), None),
        ManageUsers       => (Some(All), Some(Customer), None),
        ManagePermissions => (Some(All), Some(Customer), None),
        SeeApps           => (Some(All), Some(Customer), Some(Own)),
        OpenApp           => (Some(All), Some(Customer), Some(Own)),
        InstallApp        => (Some(All), Some(Customer), None),
        UpgradeApp        => (Some(All), Some(Customer), None),
        RemoveApp         => (Some(All), Some(Customer), None),
        SeeDomains        => (Some(All), Some(Customer), None),
        SeeServices       => (Some(All), Some(Customer), None),
        SeeRuns           => (Some(All), Some(Customer), None),
        CancelRun         => (Some(All), Some(Own),      None),
        RunFleet          => (Some(All), None,           None),
        ManageSchedules   => (Some(All), None,           None),
        SeeJournal        => (Some(All), Some(Customer), None),
        ExportJournal     => (Some(All), None,           None),
        CutJournal        => (Some(All), None,           None),
    };
    match role {
        Role::Administrator => administrator,
        Role::RestrictedAdministrator => restricted,
        Role::EndUser => end_user,
    }
}

/// Who acts: the account that the workspace was opened with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Actor {
    /// The account.
    pub account: AccountId,
    /// The person's name, for the journal.
    pub name: String,
    /// What they are here.
    pub role: Role,
    /// The customer that they belong to; none for the provider's own people.
    pub customer: Option<CustomerId>,
    /// Hears of everything that they ask for and may not.
    #[serde(skip)]
    #[specta(skip)]
    pub witness: Witness,
}

impl Actor {
    /// Whoever sits here without a workspace: nobody but themselves. They hold what an end user holds, over what is
    /// their own, and belong to no customer; no account of a workspace has this id.
    #[must_use]
    pub fn oneself() -> Self {
        Self {
            account: AccountId::from_uuid(uuid::Uuid::nil()),
            name: String::new(),
            role: Role::EndUser,
            customer: None,
            witness: Witness::default(),
        }
    }

    /// The scope over which they hold a privilege; [`Denied`] when they do not, which their witness hears of.
    pub fn ask(&self, privilege: Privilege) -> Result<Scope, Denied> {
        self.holds(privilege).ok_or_else(|| {
            let denied = Denied {
                role: self.role,
                privilege,
            };
            self.witness.hear(self, &denied);
            denied
        })
    }

    /// The scope over which they hold a privilege, where that only decides what is shown: nobody hears of it.
    #[must_use]
    pub fn holds(&self, privilege: Privilege) -> Option<Scope> {
        scope_of(self.role, privilege)
            .filter(|&scope| scope != Scope::Customer || self.customer.is_some())
    }
}

/// Who hears of what an actor is denied: an actor's permits are all asked for in one place, which tells it, so that no
/// denial is forgotten. What is done with it (the journal) is left to whoever makes the actor.
#[derive(Clone, Default)]
pub struct Witness(Option<Arc<Hears>>);

type Hears = dyn Fn(&Actor, &Denied) + Send + Sync;

impl Witness {
    /// One that does this with each denial.
    #[must_use]
    pub fn new(hears: impl Fn(&Actor, &Denied) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hears)))
    }

    fn hear(&self, actor: &Actor, denied: &Denied) {
        if let Some(hears) = &self.0 {
            hears(actor, denied);
        }
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}

/// Who hears makes no difference to who acts.
impl PartialEq for Witness {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Witness {}

/// To whom a thing belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owner {
    /// The customer; none for what is the provider's own.
    pub customer: Option<CustomerId>,
    /// The account, for what belongs to one person (a view, a run that they began).
    pub account: Option<AccountId>,
}

impl Owner {
    /// It belongs to this customer, or, without one, to the provider.
    #[must_use]
    pub const fn customer(customer: Option<CustomerId>) -> Self {
        Self {
            customer,
            account: None,
        }
    }
}

/// What is looked among: a list is made of this and nothing else, and one thing is looked for in it. What lies outside is as
/// good as not there. The store's lists take it, so that a list that was not narrowed does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Within {
    /// Everything in the workspace.
    All,
    /// What is a customer's, and what is this account's own.
    Customer {
        /// The customer.
        customer: CustomerId,
        /// The account.
        account: AccountId,
    },
    /// What is this account's own alone.
    Account(AccountId),
}

/// The role does not hold the privilege. It is said alike for what does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{role:?} may not: {}", privilege.name())]
pub struct Denied {
    /// Who asked.
    pub role: Role,
    /// What for.
    pub privilege: Privilege,
}

impl Denied {
    /// The roles that may, for the sentence "this is done by …".
    #[must_use]
    pub fn who_may(&self) -> Vec<Role> {
        Role::ALL
            .into_iter()
            .filter(|&role| scope_of(role, self.privilege).is_some())
            .collect()
    }
}

/// A type that stands for a privilege: those of [`may`].
pub trait Named {
    /// The privilege that it stands for.
    const PRIVILEGE: Privilege;
}

/// The proof that an actor holds the privilege `P`, and over what. Only [`Permit::ask`] makes one.
pub struct Permit<P> {
    actor: Actor,
    scope: Scope,
    privilege: PhantomData<fn() -> P>,
}

impl<P: Named> Permit<P> {
    /// Asks the table. [`Denied`] when the actor's role does not hold the privilege, or holds it over its customer's
    /// things and has no customer; the actor's witness hears of that.
    pub fn ask(actor: &Actor) -> Result<Self, Denied> {
        Ok(Self::of(actor, actor.ask(P::PRIVILEGE)?))
    }

    /// The permit, if the actor holds the privilege: for what happens unasked, or is merely shown, where nothing was
    /// refused to anybody.
    #[must_use]
    pub fn held(actor: &Actor) -> Option<Self> {
        Some(Self::of(actor, actor.holds(P::PRIVILEGE)?))
    }

    fn of(actor: &Actor, scope: Scope) -> Self {
        Self {
            actor: actor.clone(),
            scope,
            privilege: PhantomData,
        }
    }

    /// Over what it holds.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// Who holds it.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What it holds over, for those who look something up.
    #[must_use]
    pub const fn within(&self) -> Within {
        let account = self.actor.account;
        match (self.scope, self.actor.customer) {
            (Scope::All, _) => Within::All,
            (Scope::Customer, Some(customer)) => Within::Customer { customer, account },
            (Scope::Customer, None) | (Scope::Own, _) => Within::Account(account),
        }
    }

    /// Whether it holds over what belongs to `owner`.
    #[must_use]
    pub fn covers(&self, owner: Owner) -> bool {
        let own = owner.account == Some(self.actor.account);
        match self.scope {
            Scope::All => true,
            Scope::Customer => {
                own || (owner.customer.is_some() && owner.customer == self.actor.customer)
            }
            Scope::Own => own,
        }
    }

    /// [`Denied`] when it does not hold over what belongs to `owner`.
    pub fn require(&self, owner: Owner) -> Result<(), Denied> {
        if self.covers(owner) {
            Ok(())
        } else {
            Err(Denied {
                role: self.actor.role,
                privilege: P::PRIVILEGE,
            })
        }
    }
}

impl<P> Clone for Permit<P> {
    fn clone(&self) -> Self {
        Self {
            actor: self.actor.clone(),
            scope: self.scope,
            privilege: PhantomData,
        }
    }
}

impl<P: Named> fmt::Debug for Permit<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Permit({}, {:?}, account {})",
            P::PRIVILEGE.name(),
            self.scope,
            self.actor.account
        )
    }
}
