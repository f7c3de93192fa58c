//! Tables `journal_heads` and `journal_cuts`: what was signed of the journal's chain. Signatures come in made and go out
//! as they are: `vault` makes and checks them.

use chrono::{DateTime, Utc};
use towerify_domain::journal::Head;

use crate::journal::{link, number};
use crate::{Store, StoreError};

/// A head of the chain that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// Where the chain stood.
    pub head: Head,
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// The public key that checks the signature.
    pub signer: Vec<u8>,
    /// The signature, over [`Head::signed_bytes`].
    pub signature: Vec<u8>,
}

/// The handle of `journal_heads` and `journal_cuts`.
pub struct JournalMarks<'s>(pub(crate) &'s Store);

impl JournalMarks<'_> {
    /// Keeps a signed head; one of the same number is replaced.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn sign(&self, signed: &SignedHead) -> Result<(), StoreError> {
        let n = row_number(signed.head)?;
        let hash = signed.head.hash.bytes().as_slice();
        sqlx::query!(
            "INSERT INTO journal_heads (n, hash, at, signer, signature) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (n) DO UPDATE SET hash = excluded.hash, at = excluded.at, signer = excluded.signer,
                 signature = excluded.signature",
            n,
            hash,
            signed.at,
            signed.signer,
            signed.signature
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("keeping a signed head of the journal"))?;
        Ok(())
    }

    /// Replaces the signatures of these heads and of the cut of the same number, in one piece.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn sign_anew(
        &self,
        heads: &[SignedHead],
        cut: Option<&SignedHead>,
    ) -> Result<(), StoreError> {
        let during = StoreError::during("signing the journal anew");
        let mut all = self.0.writer.begin().await.map_err(during)?;
        for signed in heads {
            let n = row_number(signed.head)?;
            sqlx::query!(
                "UPDATE journal_heads SET signer = ?2, signature = ?3 WHERE n = ?1",
                n,
                signed.signer,
                signed.signature
            )
            .execute(&mut *all)
            .await
            .map_err(during)?;
        }
        if let Some(signed) = cut {
            let n = row_number(signed.head)?;
            sqlx::query!(
                "UPDATE journal_cuts SET signer = ?2, signature = ?3 WHERE n = ?1",
                n,
                signed.signer,
                signed.signature
            )
            .execute(&mut *all)
            .await
            .map_err(during)?;
        }
        all.commit().await.map_err(during)
    }

    /// All signed heads, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn heads(&self) -> Result<Vec<SignedHead>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT n AS "n!: i64", hash, at AS "at: DateTime<Utc>", signer, signature FROM journal_heads ORDER BY n"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("reading the journal's signed heads"))?;
        rows.into_iter()
            .map(|row| {
                Ok(SignedHead {
                    head: Head {
                        n: number(row.n)?,
                        hash: link(row.hash)?,
                    },
                    at: row.at,
                    signer: row.signer,
                    signature: row.signature,
                })
            })
            .collect()
    }

    /// The oldest signed head that covers the entry of this number, if one does.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn first_from(&self, n: u64) -> Result<Option<SignedHead>, StoreError> {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let row = sqlx::query!(
            r#"SELECT n AS "n!: i64", hash, at AS "at: DateTime<Utc>", signer, signature
               FROM journal_heads WHERE n >= ?1 ORDER BY n LIMIT 1"#,
            n
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading a signed head of the journal"))?;
        row.map(|row| {
            Ok(SignedHead {
                head: Head {
                    n: number(row.n)?,
                    hash: link(row.hash)?,
                },
                at: row.at,
                signer: row.signer,
                signature: row.signature,
            })
        })
        .transpose()
    }

    /// Lets go of every entry up to the signed head, which stays as the cut's mark; gives how many there were. The mark is
    /// written first, and the entries go in pieces after it: others write in between, and a cut that did not come to its
    /// end is finished by [`finish_cut`](Self::finish_cut).
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the journal has no entry of that number and hash; then nothing was let go of.
    pub async fn cut(&self, signed: &SignedHead, who: &str) -> Result<u64, StoreError> {
        let during = StoreError::during("cutting the journal");
        let n = row_number(signed.head)?;
        let hash = signed.head.hash.bytes().as_slice();
        let mut all = self.0.writer.begin().await.map_err(during)?;
        let there = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM journal WHERE n = ?1 AND hash = ?2"#,
            n,
            hash
        )
        .fetch_one(&mut *all)
        .await
        .map_err(during)?;
        if there == 0 {
            return Err(StoreError::Reference {
                what: "cutting the journal",
            });
        }
        sqlx::query!(
            "INSERT INTO journal_cuts (n, hash, at, who, signer, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            n,
            hash,
            signed.at,
            who,
            signed.signer,
            signed.signature
        )
        .execute(&mut *all)
        .await
        .map_err(during)?;
        sqlx::query!("DELETE FROM journal_heads WHERE n <= ?1", n)
            .execute(&mut *all)
            .await
            .map_err(during)?;
        all.commit().await.map_err(during)?;
        self.finish_cut().await
    }

    /// Lets go of what is still there of the entries before the last cut; gives how many there were.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn finish_cut(&self) -> Result<u64, StoreError> {
        let during = StoreError::during("cutting the journal");
        let mut gone = 0;
        loop {
            // Up to where the next piece goes; nothing when all is gone.
            let upto = sqlx::query_scalar!(
                r#"SELECT max(n) AS "n: i64" FROM (
                       SELECT n FROM journal WHERE n <= (SELECT max(n) FROM journal_cuts) ORDER BY n LIMIT 2000)"#
            )
            .fetch_one(&self.0.writer)
            .await
            .map_err(during)?;
            let Some(upto) = upto else { return Ok(gone) };
            let mut piece = self.0.writer.begin().await.map_err(during)?;
            sqlx::query!("DELETE FROM journal_words WHERE rowid <= ?1", upto)
                .execute(&mut *piece)
                .await
                .map_err(during)?;
            let deleted = sqlx::query!("DELETE FROM journal WHERE n <= ?1", upto)
                .execute(&mut *piece)
                .await
                .map_err(during)?;
            piece.commit().await.map_err(during)?;
            gone += deleted.rows_affected();
        }
    }

    /// The last cut, if there was one: the signed head before the first entry that is there.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn last_cut(&self) -> Result<Option<SignedHead>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT n AS "n!: i64", hash, at AS "at: DateTime<Utc>", signer, signature
               FROM journal_cuts ORDER BY n DESC LIMIT 1"#
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading where the journal was cut"))?;
        row.map(|row| {
            Ok(SignedHead {
                head: Head {
                    n: number(row.n)?,
                    hash: link(row.hash)?,
                },
                at: row.at,
                signer: row.signer,
                signature: row.signature,
            })
        })
        .transpose()
    }
}

fn row_number(head: Head) -> Result<i64, StoreError> {
    i64::try_from(head.n).map_err(|_| StoreError::Corrupt {
        what: "numbering the journal",
    })
}
