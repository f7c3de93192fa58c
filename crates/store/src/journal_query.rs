//! The queries of looking for entries of the journal: one walk along one index, and what is asked of each entry on the way.

use sqlx::{QueryBuilder, Sqlite};

use crate::journal::COLUMNS;
use crate::{JournalFilter, fold};

/// The indexes by what they hold: bit 0 who, bit 1 what, bit 2 how it ended, bit 3 whose business.
const INDEXES: [&str; 16] = [
    "journal NOT INDEXED",
    "journal INDEXED BY journal_by_a",
    "journal INDEXED BY journal_by_w",
    "journal INDEXED BY journal_by_aw",
    "journal INDEXED BY journal_by_o",
    "journal INDEXED BY journal_by_ao",
    "journal INDEXED BY journal_by_wo",
    "journal INDEXED BY journal_by_awo",
    "journal INDEXED BY journal_by_c",
    "journal INDEXED BY journal_by_ca",
    "journal INDEXED BY journal_by_cw",
    "journal INDEXED BY journal_by_caw",
    "journal INDEXED BY journal_by_co",
    "journal INDEXED BY journal_by_cao",
    "journal INDEXED BY journal_by_cwo",
    "journal INDEXED BY journal_by_cawo",
];

/// What a walk goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Along {
    /// The index of all that is asked of who, what, outcome and customer; without any of it, the journal itself.
    Facets,
    /// The index of things.
    Subject,
    /// The index of runs.
    Run,
    /// The index of words.
    Words,
}

/// A part of the journal: numbers from the first to before the second.
pub(crate) type Part = (u64, u64);

/// Which of who, what, outcome and customer are asked for: the place in [`INDEXES`].
pub(crate) fn facets(filter: &JournalFilter) -> usize {
    usize::from(filter.account.is_some())
        | usize::from(filter.what.is_some()) << 1
        | usize::from(filter.outcome.is_some()) << 2
        | usize::from(filter.customer.is_some()) << 3
}

/// The query of a page within a part of the journal.
pub(crate) fn page_query(
    filter: &JournalFilter,
    along: Along,
    part: Part,
    limit: u64,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(COLUMNS);
    walked(&mut query, filter, along, part);
    ask_the_rest(&mut query, filter, along);
    query.push(match along {
        Along::Words => " ORDER BY journal_words.rowid DESC LIMIT ",
        _ => " ORDER BY journal.n DESC LIMIT ",
    });
    query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query
}

/// What is asked of each entry that is walked past.
pub(crate) fn ask_the_rest(query: &mut QueryBuilder<Sqlite>, filter: &JournalFilter, along: Along) {
    if along != Along::Facets {
        ask_facets(query, filter);
    }
    if along != Along::Subject {
        ask_subject(query, filter);
    }
    if along != Along::Words {
        ask_words(query, &filter.text);
    }
}

/// What is walked along, and the part of it.
pub(crate) fn walked(
    query: &mut QueryBuilder<Sqlite>,
    filter: &JournalFilter,
    along: Along,
    part: Part,
) {
    let number = match along {
        Along::Facets => {
            query.push(INDEXES.get(facets(filter)).copied().unwrap_or("journal"));
            query.push(" WHERE true");
            ask_facets(query, filter);
            "journal.n"
        }
        Along::Subject => {
            query.push("journal INDEXED BY journal_by_subject WHERE true");
            ask_subject(query, filter);
            "journal.n"
        }
        Along::Run => {
            query.push("journal INDEXED BY journal_by_run WHERE run = ");
            query.push_bind(filter.run.map(|run| run.to_string()));
            "journal.n"
        }
        Along::Words => {
            query.push("journal_words CROSS JOIN journal ON journal.n = journal_words.rowid WHERE text MATCH ");
            query.push_bind(looked_for(&filter.text));
            "journal_words.rowid"
        }
    };
    let bound = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    query.push(" AND ").push(number).push(" >= ");
    query.push_bind(bound(part.0));
    query.push(" AND ").push(number).push(" < ");
    query.push_bind(bound(part.1));
}

fn ask_facets(query: &mut QueryBuilder<Sqlite>, filter: &JournalFilter) {
    if let Some(customer) = filter.customer {
        query.push(" AND customer_id = ").push_bind(customer.uuid());
    }
    if let Some(account) = filter.account {
        query.push(" AND account_id = ").push_bind(account.uuid());
    }
    if let Some(what) = &filter.what {
        query.push(" AND what = ").push_bind(what.clone());
    }
    if let Some(outcome) = &filter.outcome {
        query.push(" AND outcome = ").push_bind(outcome.clone());
    }
}

fn ask_subject(query: &mut QueryBuilder<Sqlite>, filter: &JournalFilter) {
    if let Some((kind, id)) = &filter.subject {
        query.push(" AND subject_kind = ").push_bind(kind.clone());
        query.push(" AND subject_id = ").push_bind(id.clone());
    }
}

/// The words are in the text that is kept for each entry.
fn ask_words(query: &mut QueryBuilder<Sqlite>, text: &str) {
    for word in words_of(text) {
        query.push(" AND instr((SELECT text FROM journal_words WHERE rowid = journal.n), ");
        query.push_bind(word).push(") > 0");
    }
}

/// What the index of words is asked for: each word as it is, all of them; empty when no word has three letters.
pub(crate) fn looked_for(text: &str) -> String {
    words_of(text)
        .into_iter()
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The words that are looked for: those of three letters and more.
fn words_of(text: &str) -> Vec<String> {
    fold(text)
        .split(' ')
        .filter(|word| word.chars().count() >= 3)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Row;
    use towerify_domain::id::{AccountId, CustomerId, RunId};
    use towerify_vault::DataKey;
    use uuid::Uuid;

    use crate::Store;

    /// Every combination of what can be asked for.
    fn combinations() -> Vec<JournalFilter> {
        (0..1_u32 << 7)
            .map(|bits| {
                let asked = |bit: u32| bits & (1 << bit) != 0;
                JournalFilter {
                    account: asked(0).then(|| AccountId::from_uuid(Uuid::nil())),
                    what: asked(1).then(|| "server.add".into()),
                    outcome: asked(2).then(|| "done".into()),
                    customer: asked(3).then(|| CustomerId::from_uuid(Uuid::nil())),
                    subject: asked(4).then(|| ("server".into(), "1".into())),
                    run: asked(5).then(|| RunId::from_uuid(Uuid::nil())),
                    text: if asked(6) {
                        "camille".into()
                    } else {
                        String::new()
                    },
                    ..JournalFilter::default()
                }
            })
            .collect()
    }

    #[tokio::test]
    async fn every_combination_of_filters_walks_an_index_in_order_and_sorts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("workspace.db");
        let store = Store::create(&path, &DataKey::from_bytes([42; 32]))
            .await
            .unwrap();
        for filter in combinations() {
            for along in [Along::Facets, Along::Subject, Along::Run, Along::Words] {
                let possible = match along {
                    Along::Facets => true,
                    Along::Subject => filter.subject.is_some(),
                    Along::Run => filter.run.is_some(),
                    Along::Words => !filter.text.is_empty(),
                };
                if !possible {
                    continue;
                }
                let query = page_query(&filter, along, (1, 100), 200);
                let explained = format!("EXPLAIN QUERY PLAN {}", query.sql().as_str());
                let plan: Vec<String> = sqlx::query(sqlx::AssertSqlSafe(explained))
                    .fetch_all(&store.readers)
                    .await
                    .unwrap()
                    .iter()
                    .map(|row| row.get("detail"))
                    .collect();
                let walked = match along {
                    Along::Facets if facets(&filter) == 0 => "SEARCH journal USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)".to_owned(),
                    Along::Facets => format!("SEARCH journal USING INDEX {}", INDEXES[facets(&filter)].rsplit(' ').next().unwrap()),
                    Along::Subject => "SEARCH journal USING INDEX journal_by_subject (subject_kind=? AND subject_id=? AND rowid>? AND rowid<?)".to_owned(),
                    Along::Run => "SEARCH journal USING INDEX journal_by_run (run=? AND rowid>? AND rowid<?)".to_owned(),
                    Along::Words => "SCAN journal_words VIRTUAL TABLE".to_owned(),
                };
                assert!(plan[0].starts_with(&walked), "{plan:#?}\n{walked}");
                // Every term of the index is used, and the place in it.
                if along == Along::Facets && facets(&filter) != 0 {
                    let terms = facets(&filter).count_ones() as usize;
                    assert_eq!(plan[0].matches("=?").count(), terms, "{plan:#?}");
                    assert!(plan[0].contains("rowid>? AND rowid<?"), "{plan:#?}");
                }
                let bad = plan[1..]
                    .iter()
                    .find(|line| line.contains("TEMP B-TREE") || line.starts_with("SCAN journal "));
                assert_eq!(bad, None, "{plan:#?}");
            }
        }
        store.close().await;
    }
}
