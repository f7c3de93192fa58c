//! What opens an account besides its password: the code of a second factor, recovery codes, the recovery key, a keyring.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod household;

use household::{CAMILLE, Household, INES};
use secrecy::SecretString;
use totp_rs::{Builder, Secret, Totp};
use towerify_core::{
    Code,
    accounts::{self, RecoveryCodes},
    workspace::{Entry, WayIn},
};

/// An authenticator app that took the secret in.
struct App(Totp);

impl App {
    fn new(secret: &str) -> Self {
        let secret: String = secret.split_whitespace().collect();
        let secret = Secret::try_from_base32(secret).unwrap();
        Self(
            Builder::new()
                .with_secret(secret)
                .with_account_name("Inès")
                .build()
                .unwrap(),
        )
    }

    /// The code of the time step so many away from now.
    fn code(&self, house: &Household, steps: i64) -> String {
        let at = house.now().timestamp() + 30 * steps;
        self.0.generate(u64::try_from(at).unwrap()).to_string()
    }
}

fn with_code(code: Option<&str>) -> Entry {
    Entry {
        account: Some(INES.name.into()),
        by: WayIn::Password(INES.password.into()),
        code: code.map(SecretString::from),
    }
}

/// Inès, with a second factor: her app, and her recovery codes. The code of the step before was taken by setting it up.
async fn set_up(house: &Household) -> (App, RecoveryCodes) {
    let (workspace, actor) = house.enter(INES).await.unwrap();
    let shown = accounts::begin_second_factor(&workspace, &actor, INES.password.into())
        .await
        .unwrap();
    assert!(shown.uri.starts_with("otpauth://totp/"), "{}", shown.uri);
    assert!(shown.qr.len() > 20 && shown.qr.iter().all(|row| row.len() == shown.qr.len()));
    let app = App::new(&shown.secret);
    let wrong = accounts::confirm_second_factor(&workspace, &actor, "000000".into()).await;
    assert!(
        wrong.is_err_and(|error| error.fields[0].field == "code"),
        "it is not on before a code was given"
    );
    let code = app.code(house, -1);
    let codes = accounts::confirm_second_factor(&workspace, &actor, code.into())
        .await
        .unwrap();
    (app, codes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_asked_for_once_it_is_on_and_each_is_taken_once() {
    let house = Household::begin().await;
    let (app, codes) = set_up(&house).await;
    assert_eq!(codes.codes.len(), 10);
    let asked = house.come(with_code(None)).await.err().unwrap();
    assert_eq!(asked.code, Code::SecondFactorNeeded);
    let code = app.code(&house, 0);
    house.come(with_code(Some(&code))).await.unwrap();
    let again = house.come(with_code(Some(&code))).await.err().unwrap();
    assert_eq!(again.code, Code::WrongCode, "a code is taken once");
    house.wait().await;
    // One of a step before the last that was taken is not either.
    let old = app.code(&house, -1);
    let refused = house.come(with_code(Some(&old))).await.err().unwrap();
    assert_eq!(refused.code, Code::WrongCode);
    house.wait().await;
    let next = format!(" {} ", app.code(&house, 1));
    house.come(with_code(Some(&next))).await.unwrap();
    // A recovery code opens in its place, once, however it is typed.
    let recovery = codes.codes[3].to_lowercase().replace('-', " ");
    house.come(with_code(Some(&recovery))).await.unwrap();
    let again = house.come(with_code(Some(&recovery))).await.err().unwrap();
    assert_eq!(again.code, Code::WrongCode);
    house.wait().await;
    let (workspace, actor) = house.come(with_code(Some(&codes.codes[4]))).await.unwrap();
    let own = accounts::own(&workspace, &actor).await.unwrap();
    assert_eq!(own.codes_left, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_make_one_wait_like_wrong_passwords_and_the_right_password_does_not_end_it() {
    let house = Household::begin().await;
    set_up(&house).await;
    for seconds in ["1", "2", "4"] {
        let refused = house.come(with_code(Some("000000"))).await.err().unwrap();
        assert_eq!(
            (refused.code, refused.params["seconds"].as_str()),
            (Code::WrongCode, seconds)
        );
        let waits = house.come(with_code(Some("000000"))).await.err().unwrap();
        assert_eq!(waits.code, Code::Throttled);
        house.wait().await;
        // That the password was right is no success yet.
        let asked = house.come(with_code(None)).await.err().unwrap();
        assert_eq!(asked.code, Code::SecondFactorNeeded);
    }
    assert_eq!(house.keys().throttle.failures, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_with_password_and_code_or_by_an_administrator() {
    let house = Household::begin().await;
    let (app, codes) = set_up(&house).await;
    let (workspace, actor) = house
        .come(with_code(Some(&app.code(&house, 0))))
        .await
        .unwrap();
    let end = async |password: &str, code: &str| {
        accounts::end_second_factor(&workspace, &actor, password.into(), code.into()).await
    };
    let wrong = end("wrong", &codes.codes[0]).await.err().unwrap();
    assert_eq!(wrong.code, Code::WrongPassword);
    house.wait().await;
    let wrong = end(INES.password, "000000").await.err().unwrap();
    assert_eq!(wrong.code, Code::WrongCode);
    house.wait().await;
    end(INES.password, &codes.codes[0]).await.unwrap();
    drop(workspace);
    house.come(with_code(None)).await.unwrap();

    set_up(&house).await;
    let ines = house.id(INES);
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    let listed = accounts::list(&workspace, &actor).await.unwrap();
    assert!(listed.iter().any(|row| row.id == ines && row.second_factor));
    let wrong = accounts::reset_second_factor(&workspace, &actor, ines, "wrong".into()).await;
    assert_eq!(wrong.err().unwrap().code, Code::WrongPassword);
    house.wait().await;
    accounts::reset_second_factor(&workspace, &actor, ines, CAMILLE.password.into())
        .await
        .unwrap();
    drop(workspace);
    house.come(with_code(None)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recovery_key_opens_once_it_was_typed_back_and_sets_a_new_password() {
    let house = Household::begin().await;
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    let shown = accounts::new_recovery_key(&workspace, &actor, CAMILLE.password.into())
        .await
        .unwrap();
    let groups: Vec<&str> = shown.key.split('-').collect();
    assert_eq!((groups.len(), shown.asked.len()), (8, 2));
    let new = "treize lampes sous la pluie";
    let recover = |key: &str, password: &str| Entry {
        account: Some(CAMILLE.name.into()),
        by: WayIn::Recovery {
            key: key.into(),
            password: password.into(),
        },
        code: None,
    };
    let typed = |wrong: bool| {
        let back = shown.asked.iter().map(|place| {
            let group = groups[usize::try_from(*place).unwrap() - 1];
            let group = if wrong { "0000" } else { group };
            (*place, SecretString::from(group.to_lowercase()))
        });
        back.collect::<Vec<_>>()
    };
    for (what, back) in [("wrong", typed(true)), ("none", Vec::new())] {
        let refused = accounts::confirm_recovery_key(&workspace, &actor, back).await;
        assert_eq!(refused.err().unwrap().code, Code::InvalidFields, "{what}");
    }
    assert!(
        !accounts::own(&workspace, &actor)
            .await
            .unwrap()
            .recovery_key
    );
    accounts::confirm_recovery_key(&workspace, &actor, typed(false))
        .await
        .unwrap();
    drop(workspace);

    let weak = house.come(recover(&shown.key, "password")).await;
    assert_eq!(weak.err().unwrap().fields[0].field, "password");
    let malformed = house.come(recover("4F7K", new)).await;
    assert_eq!(malformed.err().unwrap().fields[0].field, "recovery_key");
    let other = house
        .come(recover("0000-0000-0000-0000-0000-0000-0000-0000", new))
        .await;
    assert_eq!(other.err().unwrap().code, Code::WrongRecoveryKey);
    house.wait().await;
    // The password of before still opens: nothing was half done.
    house.enter(CAMILLE).await.unwrap();
    house
        .come(recover(&shown.key.to_lowercase().replace('-', " "), new))
        .await
        .unwrap();
    assert!(house.enter(CAMILLE).await.is_err());
    house.wait().await;
    let (workspace, actor) = house.enter_with(CAMILLE.name, new).await.unwrap();
    accounts::drop_recovery_key(&workspace, &actor)
        .await
        .unwrap();
    drop(workspace);
    let dropped = house.come(recover(&shown.key, new)).await;
    assert_eq!(dropped.err().unwrap().code, Code::WrongRecoveryKey);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyring_opens_while_it_keeps_the_key_and_else_the_password_is_asked() {
    let house = Household::begin().await;
    let by_keyring = || Entry {
        account: Some(CAMILLE.name.into()),
        by: WayIn::Keyring,
        code: None,
    };
    let refused = house.come(by_keyring()).await.err().unwrap();
    assert_eq!(refused.code, Code::KeyringUnavailable, "never asked for");
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    house.keyring.shut(true);
    let shut =
        accounts::open_on_this_device(&house.program, &workspace, &actor, CAMILLE.password.into())
            .await;
    assert_eq!(shut.err().unwrap().code, Code::KeyringUnavailable);
    assert!(!accounts::own(&workspace, &actor).await.unwrap().keyring);
    house.keyring.shut(false);
    accounts::open_on_this_device(&house.program, &workspace, &actor, CAMILLE.password.into())
        .await
        .unwrap();
    drop(workspace);
    house.come(by_keyring()).await.unwrap();
    house.keyring.shut(true);
    let shut = house.come(by_keyring()).await.err().unwrap();
    assert_eq!(shut.code, Code::KeyringUnavailable);
    house.keyring.shut(false);
    let (workspace, actor) = house.come(by_keyring()).await.unwrap();
    accounts::forget_on_this_device(&house.program, &workspace, &actor)
        .await
        .unwrap();
    assert_eq!(house.keyring.holds(), 0);
    drop(workspace);
    assert!(house.come(by_keyring()).await.is_err());
    // One that was emptied behind the program's back opens nothing, and nothing is lost.
    let (workspace, actor) = house.enter(CAMILLE).await.unwrap();
    accounts::open_on_this_device(&house.program, &workspace, &actor, CAMILLE.password.into())
        .await
        .unwrap();
    drop(workspace);
    house.keyring.empty();
    let emptied = house.come(by_keyring()).await.err().unwrap();
    assert_eq!(emptied.code, Code::KeyringUnavailable);
    house.enter(CAMILLE).await.unwrap();
}
