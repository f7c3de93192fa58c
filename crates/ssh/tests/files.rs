//! Files both ways, against a real sshd.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

mod support;

use std::path::Path;

use support::{connected, server};
use towerify_ssh::{Connection, Progress, Resume, SshError};
use towerify_test_sshd::Options;

fn some_bytes(count: usize) -> Vec<u8> {
    // A cheap sequence that does not repeat within a piece.
    let mut state = 0x2545_f491_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(count)
    .collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn a_file_goes_up_and_comes_down_with_progress_and_the_same_sum() {
    let (sshd, connection) = connected().await;
    let sftp = connection.sftp().await.unwrap();
    for size in [0, 1, 32 * 1024, 1_500_001] {
        let (local, remote, back) = (
            sshd.folder().join("local"),
            sshd.folder().join("l'autre côté"),
            sshd.folder().join("back"),
        );
        std::fs::write(&local, some_bytes(size)).unwrap();
        std::fs::write(&remote, "what was there before").unwrap();
        let mut seen = Vec::new();
        let up = sftp
            .upload(
                &local,
                text(&remote),
                0o600,
                Resume::Continue,
                &mut |progress| seen.push(progress),
            )
            .await
            .unwrap();
        let total = size as u64;
        assert_eq!((up.bytes, up.resumed_from), (total, 0));
        assert_eq!(seen.first(), Some(&Progress { done: 0, total }));
        assert_eq!(seen.last(), Some(&Progress { done: total, total }));
        assert!(seen.is_sorted_by_key(|progress| progress.done));
        assert!(std::fs::read(&remote).unwrap() == some_bytes(size));
        assert!(!sshd.folder().join("l'autre côté.part").exists());

        let down = sftp
            .download(text(&remote), &back, Resume::Continue, &mut |_| ())
            .await
            .unwrap();
        assert_eq!((down.bytes, &down.sha256), (total, &up.sha256));
        assert!(std::fs::read(&back).unwrap() == some_bytes(size));
        assert_eq!(sftp.sha256(text(&remote)).await.unwrap(), up.sha256);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(sshd.folder().join("l'autre côté"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn an_upload_that_was_cut_goes_on_where_it_ended() {
    let (sshd, dial) = server(Options::default());
    let (local, remote) = (sshd.folder().join("local"), sshd.folder().join("remote"));
    let content = some_bytes(6_000_000);
    std::fs::write(&local, &content).unwrap();

    let connection = Connection::open(dial.clone()).await.unwrap();
    let sftp = connection.sftp().await.unwrap();
    let mut cut = false;
    let error = sftp
        .upload(
            &local,
            text(&remote),
            0o644,
            Resume::Continue,
            &mut |progress| {
                if progress.done > 1_000_000 && !cut {
                    cut = true;
                    sshd.cut_connections();
                }
            },
        )
        .await
        .unwrap_err();
    assert!(matches!(error, SshError::Cut { .. }), "{error}");
    assert!(!remote.exists());

    let connection = Connection::open(dial).await.unwrap();
    let sftp = connection.sftp().await.unwrap();
    let done = sftp
        .upload(&local, text(&remote), 0o644, Resume::Continue, &mut |_| ())
        .await
        .unwrap();
    assert!(done.resumed_from > 1_000_000, "{done:?}");
    assert!(std::fs::read(&remote).unwrap() == content);
}

#[tokio::test]
async fn a_download_goes_on_where_it_ended() {
    let (sshd, connection) = connected().await;
    let sftp = connection.sftp().await.unwrap();
    let (local, remote) = (sshd.folder().join("local"), sshd.folder().join("remote"));
    let content = some_bytes(400_000);
    std::fs::write(&remote, &content).unwrap();
    std::fs::write(sshd.folder().join("local.part"), &content[..100_001]).unwrap();
    let mut least = u64::MAX;
    let done = sftp
        .download(text(&remote), &local, Resume::Continue, &mut |progress| {
            least = least.min(progress.done)
        })
        .await
        .unwrap();
    assert_eq!((done.resumed_from, least), (100_001, 100_001));
    assert!(std::fs::read(&local).unwrap() == content);
}

#[tokio::test]
async fn what_is_left_of_another_file_is_sent_again() {
    let (sshd, connection) = connected().await;
    let sftp = connection.sftp().await.unwrap();
    let (local, remote) = (sshd.folder().join("local"), sshd.folder().join("remote"));
    let content = some_bytes(200_000);
    std::fs::write(&local, &content).unwrap();
    std::fs::write(sshd.folder().join("remote.part"), vec![0; 150_000]).unwrap();
    let up = sftp
        .upload(&local, text(&remote), 0o644, Resume::Continue, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(up.resumed_from, 0);
    assert!(std::fs::read(&remote).unwrap() == content);

    std::fs::write(sshd.folder().join("back.part"), vec![0; 150_000]).unwrap();
    let back = sshd.folder().join("back");
    let down = sftp
        .download(text(&remote), &back, Resume::Continue, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(down.resumed_from, 0);
    assert!(std::fs::read(&back).unwrap() == content);
}

#[tokio::test]
async fn where_no_command_may_run_the_file_is_read_back() {
    let (sshd, dial) = server(Options {
        config: vec!["ForceCommand internal-sftp".to_owned()],
        ..Options::default()
    });
    let connection = Connection::open(dial).await.unwrap();
    let sftp = connection.sftp().await.unwrap();
    let (local, remote) = (sshd.folder().join("local"), sshd.folder().join("remote"));
    std::fs::write(&local, some_bytes(300_000)).unwrap();
    let up = sftp
        .upload(&local, text(&remote), 0o644, Resume::Restart, &mut |_| ())
        .await
        .unwrap();
    assert_eq!(sftp.sha256(text(&remote)).await.unwrap(), up.sha256);
}

#[tokio::test]
async fn a_refusal_names_the_file_and_leaves_what_was_there() {
    let (sshd, connection) = connected().await;
    let sftp = connection.sftp().await.unwrap();
    let local = sshd.folder().join("local");
    std::fs::write(&local, "x").unwrap();
    let error = sftp
        .upload(
            &local,
            "/nonexistent/folder/file",
            0o644,
            Resume::Continue,
            &mut |_| (),
        )
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("/nonexistent/folder/file.part"),
        "{error}"
    );
    assert!(error.to_string().contains("no such file"), "{error}");
    let error = sftp
        .download(
            "/nonexistent",
            &sshd.folder().join("back"),
            Resume::Continue,
            &mut |_| (),
        )
        .await
        .unwrap_err();
    assert!(matches!(error, SshError::Sftp { .. }), "{error}");
    assert!(!sshd.folder().join("back").exists());
    assert_eq!(sftp.size("/nonexistent").await.unwrap(), None);
}

#[tokio::test]
async fn a_server_without_sftp_says_so() {
    let (_sshd, dial) = server(Options {
        config: vec!["Subsystem sftp /nonexistent".to_owned()],
        ..Options::default()
    });
    let connection = Connection::open(dial).await.unwrap();
    let error = connection.sftp().await.err().unwrap();
    assert!(
        matches!(error, SshError::Sftp { .. } | SshError::Channel { .. }),
        "{error}"
    );
}
