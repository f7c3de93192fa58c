//! The table of roles: what it lets people reach, and its page in `docs/ROLES.md`.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helping functions too"
)]

use std::fmt::Write as _;
use std::path::Path;
use towerify_domain::id::{AccountId, CustomerId};
use towerify_domain::policy::{
    Actor, Denied, Named, Owner, Permit, Privilege, Role, Scope, Within, Witness, may, scope_of,
};
use uuid::Uuid;

fn customer(n: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(n))
}

fn actor(role: Role, of: Option<CustomerId>) -> Actor {
    Actor {
        account: AccountId::from_uuid(Uuid::from_u128(1)),
        name: "Camille Morvan".into(),
        role,
        customer: of,
        witness: Witness::default(),
    }
}

fn ask<P: Named>(role: Role, of: Option<CustomerId>) -> Result<Permit<P>, Denied> {
    Permit::ask(&actor(role, of))
}

#[test]
fn a_restricted_administrator_reaches_their_own_customer_and_no_other() {
    let permit = ask::<may::SeeServers>(Role::RestrictedAdministrator, Some(customer(7))).unwrap();
    assert!(permit.covers(Owner::customer(Some(customer(7)))));
    assert!(
        !permit.covers(Owner::customer(Some(customer(8)))),
        "another customer's"
    );
    assert!(!permit.covers(Owner::customer(None)), "the provider's own");
    let within = Within::Customer {
        customer: customer(7),
        account: AccountId::from_uuid(Uuid::from_u128(1)),
    };
    assert_eq!(permit.within(), within);
    assert!(permit.require(Owner::customer(Some(customer(8)))).is_err());
}

#[test]
fn a_restricted_administrator_without_a_customer_reaches_nothing() {
    assert!(ask::<may::SeeServers>(Role::RestrictedAdministrator, None).is_err());
}

#[test]
fn an_administrator_reaches_everything() {
    let permit = ask::<may::RemoveServer>(Role::Administrator, None).unwrap();
    for owner in [None, Some(customer(7)), Some(customer(8))] {
        assert!(permit.covers(Owner::customer(owner)));
    }
    assert_eq!(permit.within(), Within::All);
}

#[test]
fn what_is_ones_own_is_reached_by_the_account_and_by_no_colleague() {
    let permit = ask::<may::CancelRun>(Role::RestrictedAdministrator, Some(customer(7))).unwrap();
    let begun_by = |n| Owner {
        customer: Some(customer(7)),
        account: Some(AccountId::from_uuid(Uuid::from_u128(n))),
    };
    assert_eq!(
        permit.within(),
        Within::Account(AccountId::from_uuid(Uuid::from_u128(1)))
    );
    assert!(permit.covers(begun_by(1)));
    assert!(!permit.covers(begun_by(2)));
}

#[test]
fn a_denial_names_who_may() {
    let denied =
        ask::<may::AcceptHostKey>(Role::RestrictedAdministrator, Some(customer(7))).unwrap_err();
    assert_eq!(denied.who_may(), [Role::Administrator]);
    assert_eq!(denied.privilege, Privilege::AcceptHostKey);
}

#[test]
fn a_lesser_role_never_holds_a_privilege_over_more() {
    for &privilege in Privilege::ALL {
        let scopes = Role::ALL.map(|role| scope_of(role, privilege));
        assert!(
            scopes[0] >= scopes[1] && scopes[1] >= scopes[2],
            "{privilege:?}: {scopes:?}"
        );
    }
}

#[test]
fn an_end_user_changes_nothing_on_a_server() {
    let held: Vec<_> = Privilege::ALL
        .iter()
        .filter(|&&p| scope_of(Role::EndUser, p).is_some())
        .collect();
    assert_eq!(
        held,
        [
            &Privilege::ChangePassword,
            &Privilege::ManageOwnAccount,
            &Privilege::UsePortal,
            &Privilege::SeeApps,
            &Privilege::OpenApp
        ]
    );
}

#[test]
fn the_page_about_roles_says_what_the_table_says() {
    let page = page();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ROLES.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/ROLES.md is stale: UPDATE=1 cargo test -p towerify-domain --test roles"
    );
}

fn page() -> String {
    let mut page = String::from(
        "# Who may do what\n\n\
         Made from `scope_of` in `crates/domain/src/policy.rs` by a test \
         (`UPDATE=1 cargo test -p towerify-domain --test roles`).\n\n\
         *all*: over everything in the workspace; *customer's*: over what belongs to one's customer; *own*: over what \
         is one's own; —: not at all.\n\n| to | ",
    );
    page.push_str(&Role::ALL.map(|role| role.words().en).join(" | "));
    page.push_str(" |\n| --- | --- | --- | --- |\n");
    for &privilege in Privilege::ALL {
        let words = privilege.words();
        let scopes = Role::ALL.map(|role| match scope_of(role, privilege) {
            Some(Scope::All) => "all",
            Some(Scope::Customer) => "customer's",
            Some(Scope::Own) => "own",
            None => "—",
        });
        writeln!(
            page,
            "| {} (*{}*) | {} |",
            words.en,
            words.fr,
            scopes.join(" | ")
        )
        .unwrap();
    }
    page
}
