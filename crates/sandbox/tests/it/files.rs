//! Files over SFTP: they stay in the server's own folder.

use towerify_ssh::{Limits, Resume};

use crate::support::{connection, fleet};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_up_is_checked_there_and_comes_down() {
    let fleet = fleet(&["glycines-01", "kestrel-01"], None).await;
    let (one, other) = (
        connection(&fleet.servers()[0]).await.unwrap(),
        connection(&fleet.servers()[1]).await.unwrap(),
    );
    let folder = tempfile::tempdir().unwrap();
    let (local, back) = (folder.path().join("up"), folder.path().join("down"));
    let content: Vec<u8> = (0..300_000_u32)
        .flat_map(|number| number.to_be_bytes())
        .collect();
    std::fs::write(&local, &content).unwrap();
    let sftp = one.sftp().await.unwrap();
    for _ in 0..2 {
        // The second time it replaces what is there.
        let sent = sftp
            .upload(&local, "/tmp/lot.tar", 0o600, Resume::Continue, &mut |_| ())
            .await
            .unwrap();
        assert_eq!(sent.bytes, 1_200_000);
    }
    sftp.download("/tmp/lot.tar", &back, Resume::Continue, &mut |_| ())
        .await
        .unwrap();
    assert!(std::fs::read(&back).unwrap() == content);
    let there = other
        .run("sha256sum /tmp/lot.tar", b"", Limits::default())
        .await
        .unwrap();
    assert_eq!(there.exit, Some(1), "the neighbour has no such file");
}
