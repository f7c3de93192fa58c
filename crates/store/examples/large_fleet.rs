//! How long the lists of a large fleet take: 10,000 servers, 50,000 apps, an encrypted file.
//! `cargo run --release -p towerify-store --example large_fleet` prints one line a question: median and 99th
//! percentile in milliseconds. `cargo xtask bench` asks the same questions.

use std::time::Instant;

use towerify_domain::server::ServerState;
use towerify_store::{
    AppFilter, AppSort, Direction, FleetFilter, FleetSort, Store, StoreError, large_fleet,
};
use towerify_vault::DataKey;

const ROUNDS: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::create(&folder.path().join("workspace.db"), &DataKey::generate()?).await?;
    let began = Instant::now();
    large_fleet::fill(&store, 10_000, 5).await?;
    println!("filled in {:.1} s", began.elapsed().as_secs_f64());

    let text = |text: &str| FleetFilter {
        text: text.into(),
        ..FleetFilter::default()
    };
    let servers = [
        (
            "first page, by severity",
            FleetFilter::default(),
            FleetSort::Severity,
            0,
        ),
        (
            "last page, by severity",
            FleetFilter::default(),
            FleetSort::Severity,
            9_900,
        ),
        (
            "middle page, by version",
            FleetFilter::default(),
            FleetSort::Version,
            5_000,
        ),
        (
            "text: one server",
            text("srv-09876"),
            FleetSort::Severity,
            0,
        ),
        ("text: nothing", text("zzzz"), FleetSort::Severity, 0),
        ("text: many", text("glycines"), FleetSort::Name, 0),
        (
            "text: three words",
            text("prod glycines 7"),
            FleetSort::LastSeen,
            0,
        ),
        ("text: one letter", text("e"), FleetSort::Severity, 0),
        (
            "state: key changed",
            FleetFilter {
                states: vec![ServerState::Stop],
                ..FleetFilter::default()
            },
            FleetSort::Name,
            0,
        ),
        (
            "tag",
            FleetFilter {
                tags: vec!["hds".into()],
                ..FleetFilter::default()
            },
            FleetSort::Severity,
            0,
        ),
        (
            "not this tag",
            FleetFilter {
                without_tags: vec!["hds".into()],
                ..FleetFilter::default()
            },
            FleetSort::Severity,
            0,
        ),
        (
            "version",
            FleetFilter {
                versions: vec!["12.0.17".into()],
                ..FleetFilter::default()
            },
            FleetSort::Apps,
            0,
        ),
        (
            "customer",
            FleetFilter {
                customers: vec!["Fondation Ormeau 19".into()],
                ..FleetFilter::default()
            },
            FleetSort::Severity,
            0,
        ),
    ];
    for (name, filter, sort, offset) in servers {
        measure(&format!("servers, {name}"), async || {
            store
                .fleet()
                .page(&filter, sort, Direction::Ascending, offset, 100)
                .await
                .map(|page| page.total)
        })
        .await?;
    }
    measure("servers, summary", async || {
        store
            .fleet()
            .summary(large_fleet::noon())
            .await
            .map(|s| s.total)
    })
    .await?;
    measure("servers, facets", async || {
        store
            .fleet()
            .facets()
            .await
            .map(|f| f.customers.len() as i64)
    })
    .await?;
    let all = FleetFilter::default();
    measure("servers, all ids", async || {
        store.fleet().ids(&all).await.map(|ids| ids.len() as i64)
    })
    .await?;

    let text = |text: &str| AppFilter {
        text: text.into(),
        ..AppFilter::default()
    };
    let apps = [
        ("first page", AppFilter::default(), AppSort::Label, 0),
        ("last page", AppFilter::default(), AppSort::Label, 49_900),
        (
            "text: one server's",
            text("apps9876.client"),
            AppSort::Label,
            0,
        ),
        ("text: nothing", text("zzzz"), AppSort::Label, 0),
        ("text: many", text("nextcloud"), AppSort::Label, 0),
        ("text: two letters", text("ne"), AppSort::Label, 0),
        (
            "manifest",
            AppFilter {
                manifests: vec!["gitlab".into()],
                ..AppFilter::default()
            },
            AppSort::Version,
            0,
        ),
        (
            "upgradable",
            AppFilter {
                upgradable: true,
                ..AppFilter::default()
            },
            AppSort::Label,
            0,
        ),
    ];
    for (name, filter, sort, offset) in apps {
        measure(&format!("apps, {name}"), async || {
            store
                .apps()
                .page(&filter, sort, Direction::Ascending, offset, 100)
                .await
                .map(|page| page.total)
        })
        .await?;
    }
    measure("apps, manifests", async || {
        store.apps().manifests().await.map(|m| m.len() as i64)
    })
    .await?;
    store.close().await;
    Ok(())
}

/// Asks `ROUNDS` times, after a few that are not counted.
async fn measure(
    name: &str,
    ask: impl AsyncFn() -> Result<i64, StoreError>,
) -> Result<(), StoreError> {
    let mut total = 0;
    for _ in 0..10 {
        total = ask().await?;
    }
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        ask().await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        times
            .get((ROUNDS as f64 * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{name:40} {total:>7} found   median {:6.2} ms   p99 {:6.2} ms",
        at(0.5),
        at(0.99)
    );
    Ok(())
}
