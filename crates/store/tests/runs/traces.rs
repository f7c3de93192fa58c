//! Traces: their bound, packed and searched.

use crate::*;

#[tokio::test]
async fn a_trace_is_numbered_without_gaps_and_says_when_it_is_full() {
    let (_folder, store) = workspace().await;
    store.runs().insert(&run(1, None)).await.unwrap();
    let trace = store.run_trace();
    let first = trace
        .append(run_id(1), &[line("one", false), line("two ✓ é", false)])
        .await
        .unwrap();
    assert_eq!(first.iter().map(|l| l.n).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(trace.page(run_id(1), 1, 10).await.unwrap(), first);

    let many: Vec<_> = (0..TRACE_LINES_MAX + 500)
        .map(|n| line(&n.to_string(), false))
        .collect();
    trace.append(run_id(1), &many).await.unwrap();
    trace
        .append(
            run_id(1),
            &[line("dropped", false), line("the step ends", true)],
        )
        .await
        .unwrap();
    let end = trace
        .page(run_id(1), TRACE_LINES_MAX - 1, 100)
        .await
        .unwrap();
    let texts: Vec<_> = end.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts, ["19996", "19997", TRACE_CUT, "the step ends"]);
    assert_eq!(trace.last(run_id(1)).await.unwrap(), TRACE_LINES_MAX + 2);
    store.close().await;
}

#[tokio::test]
async fn a_trace_is_packed_once_its_run_is_over_and_reads_as_before() {
    let (_folder, store) = workspace().await;
    store.runs().insert(&run(1, Some(first()))).await.unwrap();
    let trace = store.run_trace();
    let said = |from: u32, to: u32| {
        (from..=to)
            .map(|n| NewTraceLine {
                step: u16::try_from(n % 3).unwrap(),
                sign: if n % 500 == 0 {
                    Sign::Warning
                } else {
                    Sign::Info
                },
                ..line(&format!("ligne {n} · préparation d’été"), false)
            })
            .collect::<Vec<_>>()
    };
    let before = trace.append(run_id(1), &said(1, 2_500)).await.unwrap();
    trace.pack(run_id(1)).await.unwrap();
    assert_eq!(trace.unpacked(None).await.unwrap(), [], "it is open");
    store.runs().end(run_id(1), &done(noon())).await.unwrap();
    assert_eq!(trace.unpacked(None).await.unwrap(), [run_id(1)]);
    trace.pack(run_id(1)).await.unwrap();
    trace.pack(run_id(1)).await.unwrap();
    assert_eq!(trace.unpacked(None).await.unwrap(), []);
    assert_eq!(trace.page(run_id(1), 1, 5_000).await.unwrap(), before);

    // Opened again, it says more, which stands behind what is packed, and is packed too.
    store.runs().reopen(run_id(1), Way::Forward).await.unwrap();
    let more = trace.append(run_id(1), &said(2_501, 2_600)).await.unwrap();
    assert_eq!(more[0].n, 2_501);
    for packed in [false, true] {
        if packed {
            store.runs().end(run_id(1), &done(noon())).await.unwrap();
            trace.pack(run_id(1)).await.unwrap();
        }
        let all = [before.clone(), more.clone()].concat();
        for (from, limit) in [
            (1, 5_000),
            (1, 10),
            (999, 3),
            (1_001, 1),
            (2_499, 5),
            (2_600, 9),
        ] {
            let expected: Vec<_> = all
                .iter()
                .filter(|line| line.n >= from)
                .take(limit as usize)
                .cloned()
                .collect();
            let page = trace.page(run_id(1), from, limit).await.unwrap();
            assert_eq!(page, expected, "{packed} {from} {limit}");
        }
        assert_eq!(trace.last(run_id(1)).await.unwrap(), 2_600, "{packed}");
    }
    store.close().await;
}

#[tokio::test]
async fn a_full_trace_is_full_packed_or_not() {
    let (_folder, store) = workspace().await;
    store.runs().insert(&run(1, None)).await.unwrap();
    let lines: Vec<_> = (0..TRACE_LINES_MAX)
        .map(|n| line(&format!("{n}"), false))
        .collect();
    store.run_trace().append(run_id(1), &lines).await.unwrap();
    store.runs().end(run_id(1), &done(noon())).await.unwrap();
    store.run_trace().pack(run_id(1)).await.unwrap();
    store.runs().reopen(run_id(1), Way::Forward).await.unwrap();
    let more = [line("more", false), line("end", true)];
    let kept = store.run_trace().append(run_id(1), &more).await.unwrap();
    let kept: Vec<String> = kept.into_iter().map(|line| line.text).collect();
    assert_eq!(kept, [TRACE_CUT, "end"], "full is full, packed or not");
    store.close().await;
}

#[tokio::test]
async fn a_trace_is_searched_by_text_step_and_sign() {
    let (_folder, store) = workspace().await;
    store.runs().insert(&run(1, None)).await.unwrap();
    let said = [
        (0, Sign::Ask, "yunohost app install nextcloud"),
        (0, Sign::Info, "Préparation de l’ÉTÉ"),
        (1, Sign::Warning, "The disk is nearly full"),
        (1, Sign::Info, "preparation again"),
    ];
    let lines = said.map(|(step, sign, text)| NewTraceLine {
        step,
        sign,
        ..line(text, false)
    });
    store.run_trace().append(run_id(1), &lines).await.unwrap();
    let check = async |filter: TraceFilter, expected: &[u32]| {
        let (total, found) = store
            .run_trace()
            .search(run_id(1), &filter, 0, 100)
            .await
            .unwrap();
        let found: Vec<u32> = found.iter().map(|line| line.n).collect();
        assert_eq!(found, expected, "{filter:?}");
        assert_eq!(total as usize, found.len());
    };
    let text = |text: &str| TraceFilter {
        text: text.into(),
        ..TraceFilter::default()
    };
    check(TraceFilter::default(), &[1, 2, 3, 4]).await;
    check(text("preparation"), &[2, 4]).await;
    check(text("Été"), &[2]).await;
    check(text("nothing"), &[]).await;
    let step = TraceFilter {
        step: Some(1),
        ..text("preparation")
    };
    check(step, &[4]).await;
    let signs = TraceFilter {
        signs: vec![Sign::Ask, Sign::Warning],
        ..TraceFilter::default()
    };
    check(signs, &[1, 3]).await;
    let (total, page) = store
        .run_trace()
        .search(run_id(1), &TraceFilter::default(), 1, 2)
        .await
        .unwrap();
    assert_eq!((total, page.len(), page[0].n), (4, 2, 2));
    store.close().await;
}
