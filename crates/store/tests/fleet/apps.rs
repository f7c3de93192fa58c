//! Apps across the fleet.

use crate::*;
use towerify_store::fold;

#[tokio::test]
async fn apps_are_found_across_the_fleet_by_any_part_of_their_words() {
    let (_folder, store) = tour_et_cie().await;
    let check = async |filter: AppFilter, expected: &[(&str, &str)]| {
        let page = store
            .apps()
            .page(
                Within::All,
                &filter,
                AppSort::Label,
                Direction::Ascending,
                0,
                10,
            )
            .await
            .unwrap();
        let found: Vec<_> = page
            .rows
            .iter()
            .map(|row| (row.app.app.as_str(), row.server_name.as_str()))
            .collect();
        assert_eq!(found, expected, "{filter:?}");
        assert_eq!(
            page.total,
            i64::try_from(expected.len()).unwrap(),
            "{filter:?}"
        );
    };
    let text = |text: &str| AppFilter {
        text: text.into(),
        ..AppFilter::default()
    };
    check(text("gitlab"), &[("gitlab", "glycines-01")]).await;
    check(text("œuv"), &[("nextcloud__2", "bremont-01")]).await;
    check(text("oeuvres PARTAGEES"), &[("nextcloud__2", "bremont-01")]).await;
    check(text("or"), &[("gitlab", "glycines-01")]).await;
    check(text("b.example"), &[("nextcloud__2", "bremont-01")]).await;
    check(text("\"nuage"), &[]).await;
    check(text("nuage\" OR \"forge"), &[]).await;
    check(
        AppFilter {
            server: Some(id(3)),
            ..text("nextcloud")
        },
        &[("nextcloud", "bremont-01"), ("nextcloud__2", "bremont-01")],
    )
    .await;
    check(
        AppFilter {
            manifests: vec!["gitlab".into()],
            ..text("nuage")
        },
        &[],
    )
    .await;
    // After a refresh the search knows only what is there now.
    store
        .servers()
        .record(&refresh(1, ServerState::Ok, "12.1.25", 0, vec![]))
        .await
        .unwrap();
    check(text("gitlab"), &[]).await;
    let counts = store.apps().manifests(Within::All).await.unwrap();
    assert_eq!(
        (counts[0].manifest.as_str(), counts[0].count),
        ("nextcloud", 3)
    );
    store.close().await;
}

#[tokio::test]
async fn a_text_finds_the_apps_that_a_reader_would_find_however_short() {
    let (_folder, store) = empty().await;
    large_fleet::fill(&store, 600, 5).await.unwrap();
    let page = async |filter: &AppFilter| {
        store
            .apps()
            .page(
                Within::All,
                filter,
                AppSort::Label,
                Direction::Ascending,
                0,
                5_000,
            )
            .await
            .unwrap()
    };
    let all = page(&AppFilter::default()).await.rows;
    let words = |row: &towerify_store::AppRow| {
        let app = &row.app;
        let address = [app.domain.as_deref(), app.path.as_deref()];
        [
            fold(&app.label),
            fold(&app.app),
            fold(&address.map(Option::unwrap_or_default).concat()),
        ]
    };
    let texts = [
        "ne",
        "NE",
        "ud",
        "be",
        "zz",
        "e",
        "é",
        "/n",
        "d'",
        "\"n",
        "1",
        "cl 9",
        "ne ud",
        "ne zz",
        "nextcloud",
        "nextcloud 12",
        "apps59.",
        "xt ou e",
        "so ne",
        "’a",
    ];
    for text in texts {
        for manifest in [None, Some("nextcloud")] {
            let looked_for = fold(text);
            let expected = all
                .iter()
                .filter(|row| manifest.is_none_or(|manifest| row.app.manifest == manifest))
                .filter(|row| {
                    let words = words(row);
                    looked_for
                        .split(' ')
                        .all(|one| words.iter().any(|word| word.contains(one)))
                })
                .count();
            let filter = AppFilter {
                text: text.into(),
                manifests: manifest.map(str::to_owned).into_iter().collect(),
                ..AppFilter::default()
            };
            let found = page(&filter).await;
            assert_eq!(found.rows.len(), expected, "{text} {manifest:?}");
            assert_eq!(
                found.total,
                i64::try_from(expected).unwrap(),
                "{text} {manifest:?}"
            );
        }
    }
    store.close().await;
}
