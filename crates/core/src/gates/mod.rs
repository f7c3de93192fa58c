//! Gates: the entries of a customer's own administrators to a server, each a key that opens one program there.
//!
//! In reading order: [`list`] says who has one and of which version, [`install`], [`update`] and [`remove`] begin runs, `plan`
//! has their steps. Left to others: what a gate decides (`driver::gate`), what a policy holds (`yunohost::gate`), putting
//! files and accounts on a machine (`machine::gate`), using an entry (`connections`).

mod begin;
mod list;
mod plan;
#[cfg(test)]
mod trials;
mod view;

pub(crate) use begin::holders;
pub use begin::{install, remove, update};
pub use list::list;
pub(crate) use plan::{Holder, plan_of};
pub use view::{GateAccount, GateRow, GateState, Gates};

/// The system account of an account's gates: the last twelve digits of its id, which are random.
fn system_user(account: towerify_domain::id::AccountId) -> String {
    let id = account.uuid().simple().to_string();
    let tail = id.get(20..).unwrap_or_default();
    format!("towerify-{tail}")
}

#[cfg(test)]
mod tests {
    use towerify_domain::id::AccountId;

    #[test]
    fn a_system_account_has_a_name_that_the_machine_takes() {
        let account = AccountId::from_uuid(uuid::Uuid::from_u128(
            0x0198_0000_0000_7000_8000_abcd_ef01_2345,
        ));
        assert_eq!(super::system_user(account), "towerify-abcdef012345");
    }
}
