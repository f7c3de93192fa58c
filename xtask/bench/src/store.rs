//! The lists of a large fleet: 10,000 servers with 50,000 apps, in an encrypted file.

use std::time::Instant;

use towerify_domain::Within;
use towerify_domain::id::{AccountId, CustomerId};
use towerify_domain::server::ServerState;
use towerify_store::{
    AppFilter, AppSort, Direction, FleetFilter, FleetSort, Store, StoreError, large_fleet,
};
use towerify_vault::DataKey;

use crate::Outcome;
use crate::figures::{Report, Timing};

/// How often each question is asked.
const ROUNDS: usize = 300;

/// Rows of a page.
const PAGE: i64 = 100;

/// What a person waits for without noticing, at the 99th percentile.
const TO_REACH_MS: f64 = 10.0;

/// Measures page, filter and search.
pub fn measure(report: &mut Report) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let store = Store::create(&folder.path().join("workspace.db"), &DataKey::generate()?).await?;
        eprintln!("filling a store with 10,000 servers and 50,000 apps");
        large_fleet::fill(&store, 10_000, 5).await?;
        let first = report.timings.len();
        servers(&store, "", Within::All, report).await?;
        apps(&store, "", Within::All, report).await?;
        let within = |customer| Within::Customer {
            customer,
            account: AccountId::from_uuid(uuid::Uuid::nil()),
        };
        let some = within(customer(&store, "Fondation Ormeau 19").await?);
        servers(&store, "a customer's 50 ", some, report).await?;
        apps(&store, "a customer's 250 ", some, report).await?;
        eprintln!("giving all of it to one customer");
        let all = within(large_fleet::give_all(&store).await?);
        servers(&store, "a customer's 10,000 ", all, report).await?;
        store.close().await;
        let slowest = report.timings.iter().skip(first).max_by(|a, b| a.p99.total_cmp(&b.p99));
        if let Some((what, p99)) = slowest.map(|timing| (timing.what.clone(), timing.p99)) {
            report.goal(
                format!("lists of 10,000 servers and 50,000 apps: under {TO_REACH_MS} ms at the 99th percentile"),
                format!("{p99:.2} ms for the slowest ({what})"),
                p99 < TO_REACH_MS,
            );
        }
        Ok(())
    })
}

/// The customer of this name.
async fn customer(store: &Store, name: &str) -> Outcome<CustomerId> {
    let known = store.customers().by_name(name).await?;
    Ok(known.ok_or("the invented fleet has other customers")?.id)
}

async fn servers(store: &Store, whose: &str, within: Within, report: &mut Report) -> Outcome<()> {
    let all = FleetFilter::default;
    let text = |text: &str| FleetFilter {
        text: text.into(),
        ..all()
    };
    let questions = [
        ("first page, worst first", all(), FleetSort::Severity, 0),
        ("last page, worst first", all(), FleetSort::Severity, 9_900),
        ("middle page, by version", all(), FleetSort::Version, 5_000),
        (
            "search: one server",
            text("srv-09876"),
            FleetSort::Severity,
            0,
        ),
        ("search: nothing", text("zzzz"), FleetSort::Severity, 0),
        ("search: many", text("glycines"), FleetSort::Name, 0),
        (
            "search: three words",
            text("prod glycines 7"),
            FleetSort::LastSeen,
            0,
        ),
        ("search: one letter", text("e"), FleetSort::Severity, 0),
        (
            "filter: state",
            FleetFilter {
                states: vec![ServerState::Stop],
                ..all()
            },
            FleetSort::Name,
            0,
        ),
        (
            "filter: tag",
            FleetFilter {
                tags: vec!["hds".into()],
                ..all()
            },
            FleetSort::Severity,
            0,
        ),
        (
            "filter: not a tag",
            FleetFilter {
                without_tags: vec!["hds".into()],
                ..all()
            },
            FleetSort::Severity,
            0,
        ),
        (
            "filter: version",
            FleetFilter {
                versions: vec!["12.0.17".into()],
                ..all()
            },
            FleetSort::Apps,
            0,
        ),
        (
            "filter: customer",
            FleetFilter {
                customers: vec!["Fondation Ormeau 19".into()],
                ..all()
            },
            FleetSort::Severity,
            0,
        ),
    ];
    for (what, filter, sort, offset) in questions {
        let ask = async || {
            store
                .fleet(within)
                .page(&filter, sort, Direction::Ascending, offset, PAGE)
                .await
                .map(drop)
        };
        report
            .timings
            .push(timed(format!("{whose}servers, {what}"), ask).await?);
    }
    let fleet = store.fleet(within);
    let ask = async || fleet.summary(large_fleet::noon()).await.map(drop);
    report
        .timings
        .push(timed(format!("{whose}servers, figures above the list"), ask).await?);
    let ask = async || fleet.facets().await.map(drop);
    report
        .timings
        .push(timed(format!("{whose}servers, what they can be filtered by"), ask).await?);
    Ok(())
}

async fn apps(store: &Store, whose: &str, within: Within, report: &mut Report) -> Outcome<()> {
    let all = AppFilter::default;
    let text = |text: &str| AppFilter {
        text: text.into(),
        ..all()
    };
    let questions = [
        ("first page", all(), AppSort::Label, 0),
        ("last page", all(), AppSort::Label, 49_900),
        (
            "search: one server's",
            text("apps9876.client"),
            AppSort::Label,
            0,
        ),
        ("search: nothing", text("zzzz"), AppSort::Label, 0),
        ("search: many", text("nextcloud"), AppSort::Label, 0),
        ("search: two letters", text("ne"), AppSort::Label, 0),
        (
            "filter: manifest",
            AppFilter {
                manifests: vec!["gitlab".into()],
                ..all()
            },
            AppSort::Version,
            0,
        ),
        (
            "filter: upgradable",
            AppFilter {
                upgradable: true,
                ..all()
            },
            AppSort::Label,
            0,
        ),
    ];
    for (what, filter, sort, offset) in questions {
        let ask = async || {
            store
                .apps()
                .page(within, &filter, sort, Direction::Ascending, offset, PAGE)
                .await
                .map(drop)
        };
        report
            .timings
            .push(timed(format!("{whose}apps, {what}"), ask).await?);
    }
    Ok(())
}

/// Asks often, after a few times that are not counted.
async fn timed(what: String, ask: impl AsyncFn() -> Result<(), StoreError>) -> Outcome<Timing> {
    for _ in 0..10 {
        ask().await?;
    }
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        ask().await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Timing::of(what, times))
}
