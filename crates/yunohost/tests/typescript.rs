//! Replies can be shown by the interface: each exports to TypeScript, without what servers add.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use specta::Types;
use specta_typescript::Typescript;
use towerify_yunohost::{
    apps, catalogue, certificates, diagnosis, domains, fields, groups, logs, manifest, permissions,
    services, updates, users, versions,
};

#[test]
fn every_reply_exports_to_typescript() {
    let types = Types::default()
        .register::<versions::Versions>()
        .register::<users::Users>()
        .register::<users::User>()
        .register::<groups::Groups>()
        .register::<permissions::Permissions>()
        .register::<domains::Domains>()
        .register::<domains::Domain>()
        .register::<certificates::Certificates>()
        .register::<apps::Apps>()
        .register::<apps::AppMap>()
        .register::<catalogue::Catalogue>()
        .register::<manifest::Manifest>()
        .register::<manifest::AnswerProblem>()
        .register::<services::Services>()
        .register::<services::ServiceLog>()
        .register::<diagnosis::Diagnosis>()
        .register::<logs::Operations>()
        .register::<logs::OperationLog>()
        .register::<updates::Updates>()
        .register::<updates::Migrations>()
        .register::<fields::Username>()
        .register::<fields::Rule>();
    let exported = Typescript::default()
        .export(&types, specta_serde::Format)
        .unwrap();
    assert!(!exported.contains("extra"), "{exported}");
    assert!(
        exported.contains("full_name"),
        "rules are words that the interface translates"
    );
}
