//! Table `run_trace_packs`: traces of runs that are over, deflated. Which lines, and when they are packed, is left to
//! `run_trace`.

use std::io::{Read, Write};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use sqlx::SqliteConnection;
use towerify_domain::id::RunId;
use towerify_domain::run::TraceLine;

use crate::StoreError;

/// So many lines go into one pack: a page of a trace opens one or two.
pub(crate) const PACK: usize = 1_000;

/// A pack is never larger unpacked: 1,000 lines of 2,000 characters of four bytes, and what stands around them.
const UNPACKED_MAX: u64 = 16 << 20;

/// Lines that follow each other, deflated.
pub(crate) struct Pack {
    first: u32,
    last: u32,
    bytes: Vec<u8>,
}

/// Packs lines, in order.
pub(crate) fn pack(lines: &[TraceLine]) -> Result<Vec<Pack>, StoreError> {
    let failed = |_| StoreError::Corrupt {
        what: "packing a trace",
    };
    lines
        .chunks(PACK)
        .filter_map(|chunk| Some((chunk.first()?.n, chunk.last()?.n, chunk)))
        .map(|(first, last, chunk)| {
            let json = serde_json::to_vec(chunk).unwrap_or_default();
            let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
            deflated.write_all(&json).map_err(failed)?;
            let bytes = deflated.finish().map_err(failed)?;
            Ok(Pack { first, last, bytes })
        })
        .collect()
}

/// The lines of a pack.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<TraceLine>, StoreError> {
    let corrupt = StoreError::Corrupt {
        what: "unpacking a trace",
    };
    let mut json = Vec::new();
    let read = DeflateDecoder::new(bytes)
        .take(UNPACKED_MAX)
        .read_to_end(&mut json);
    match read {
        Ok(_) => serde_json::from_slice(&json).map_err(|_| corrupt),
        Err(_) => Err(corrupt),
    }
}

/// Adds packs; one that is there already stays as it is.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    run: RunId,
    packs: &[Pack],
) -> Result<(), sqlx::Error> {
    for pack in packs {
        sqlx::query!(
            "INSERT INTO run_trace_packs (run_id, first, last, packed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (run_id, first) DO NOTHING",
            run.uuid(),
            pack.first,
            pack.last,
            pack.bytes
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The packs with lines from number `from` on, at most so many.
pub(crate) async fn from(
    connection: &mut SqliteConnection,
    run: RunId,
    from: u32,
    limit: u32,
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT packed FROM run_trace_packs WHERE run_id = ?1 AND last >= ?2 ORDER BY first LIMIT ?3",
        run.uuid(),
        from,
        limit
    )
    .fetch_all(connection)
    .await
}

/// The number of the last line that is packed; 0 when none is.
pub(crate) async fn last(
    connection: &mut SqliteConnection,
    run: RunId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(max(last), 0) AS "n!: i64" FROM run_trace_packs WHERE run_id = ?1"#,
        run.uuid()
    )
    .fetch_one(connection)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use towerify_domain::run::Sign;

    fn lines(count: u32) -> Vec<TraceLine> {
        (1..=count)
            .map(|n| TraceLine {
                n,
                at: DateTime::UNIX_EPOCH + chrono::TimeDelta::milliseconds(i64::from(n) * 37),
                step: 1,
                sign: Sign::Info,
                text: format!("Setting up python3-module-{n} (3.11.{}-1) …", n % 40),
            })
            .collect()
    }

    #[test]
    fn a_packed_trace_is_whole_and_takes_a_fraction_of_its_room() {
        let all = lines(2_500);
        let packs = pack(&all).unwrap();
        let bounds: Vec<_> = packs.iter().map(|pack| (pack.first, pack.last)).collect();
        assert_eq!(bounds, [(1, 1_000), (1_001, 2_000), (2_001, 2_500)]);
        let again: Vec<TraceLine> = packs
            .iter()
            .flat_map(|pack| unpack(&pack.bytes).unwrap())
            .collect();
        assert_eq!(again, all);
        let plain: usize = all.iter().map(|line| line.text.len()).sum();
        let packed: usize = packs.iter().map(|pack| pack.bytes.len()).sum();
        assert!(
            packed * 3 < plain,
            "{plain} bytes of text, packed in {packed}"
        );
    }

    #[test]
    fn a_damaged_pack_is_an_error_and_an_endless_one_is_not_opened() {
        let packs = pack(&lines(100)).unwrap();
        let mut cut = packs[0].bytes.clone();
        cut.truncate(cut.len() / 2);
        assert!(matches!(unpack(&cut), Err(StoreError::Corrupt { .. })));
        let mut endless = DeflateEncoder::new(Vec::new(), Compression::best());
        for _ in 0..40 {
            endless.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        let endless = endless.finish().unwrap();
        assert!(endless.len() < 100_000);
        assert!(matches!(unpack(&endless), Err(StoreError::Corrupt { .. })));
    }
}
