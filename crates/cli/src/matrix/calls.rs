//! How each subcommand is called: with words that are in order, about a thing that is one's own, another's, or nowhere. A
//! subcommand that is not here fails the tests.

use towerify_test_customers::Thing;

/// The words of a subcommand (`users list`), which may write into this folder, where there are files `password` and `same`;
/// `None` where nobody said how it is called.
pub fn words(subcommand: &str, thing: &Thing, folder: &str) -> Option<Vec<String>> {
    let Thing {
        name: server,
        marker,
        runs,
        n,
        ..
    } = thing;
    let [customer, administrator, account, guest] = [
        thing.customer.to_string(),
        thing.administrator.to_string(),
        thing.account.to_string(),
        thing.guest.to_string(),
    ];
    let (schedule, profile) = (thing.schedule.to_string(), &thing.profile.1);
    let new_password = format!("--new-password-file={folder}/same");
    let confirmation = format!("--confirmation-file={folder}/password");
    let user = format!("{marker}.user");
    let main = format!("{marker}.main");
    let password = format!("--user-password-file={folder}/password");
    let new = format!("neuf{n}");
    let (paused, failed, done) = (
        runs.paused.to_string(),
        runs.failed.to_string(),
        runs.done.to_string(),
    );
    let fleets = thing.fleets.map(|fleet| fleet.to_string());
    let on = ["--server", server];
    let change = |words: &[&str]| -> Option<Vec<String>> {
        let change: Vec<&str> = match *words.last()? {
            "refresh" | "upgrade-apps" | "diagnose" => vec![],
            "upgrade-app" | "remove-app" => vec![marker],
            "restart-service" => vec!["nginx"],
            "give-access" | "take-access" => vec![&main, &user],
            "create-user" => vec![&new, "--fullname", "Neuve", &password],
            "delete-user" => vec![&user],
            _ => return None,
        };
        Some(change.into_iter().map(str::to_owned).collect())
    };
    let path: Vec<&str> = subcommand.split(' ').collect();
    let after: Vec<&str> = match path.as_slice() {
        ["accounts", "list" | "me"] | ["customers", "list"] => vec![],
        ["accounts", "recovery-key", "drop"] | ["accounts", "keyring", _] => vec![],
        ["accounts", "create"] => {
            vec![
                &new,
                "--role",
                "end-user",
                "--customer",
                &customer,
                &new_password,
            ]
        }
        ["accounts", "rename"] => vec![&account, &new],
        ["accounts", "disable" | "enable"] | ["accounts", "totp", "reset"] => vec![&account],
        ["accounts", "delete"] => vec![&guest, "--yes"],
        ["accounts", "reset-password"] => vec![&account, &new_password],
        ["accounts", "password"] => vec![&new_password],
        ["accounts", "totp", _] | ["accounts", "recovery-key", "new"] => vec![&confirmation],
        ["customers", "create"] => vec![&new],
        ["gates", "list" | "update"] => vec![server],
        ["gates", "install"] => vec![server, &administrator],
        ["gates", "remove"] => vec![server, &administrator, "--yes"],
        ["journal", "cut"] => vec!["--before", "2026-01-01T00:00:00Z", "--yes"],
        ["servers", "list"] | ["runs", "list"] | ["fleet", "list"] => vec![],
        ["schedules", "list" | "missed"] | ["profiles", "list"] | ["journal", "list" | "check"] => {
            vec![]
        }
        ["servers", "add"] => vec![&new, "--address", "127.64.0.9", "--port", "9"],
        // A host that no configuration names: whoever runs the tests has one of their own.
        ["servers", "import-ssh"] => vec!["neuf.invalid", "--dry-run"],
        ["servers", "show" | "refresh"] => vec![server],
        ["servers", "api"] => vec![server, "on"],
        ["servers", "disconnect" | "forget"] => vec![server, "--yes"],
        ["apps", "list" | "catalogue"] => vec![server],
        ["apps", "questions" | "install"] => vec![server, "hextris"],
        ["apps", "upgrade"] => vec![server, marker],
        ["apps", "remove"] => vec![server, marker, "--yes"],
        ["users", "list"] | ["permissions", "list"] => vec![server],
        ["users", "create"] => vec![server, &new, "--fullname", "Neuve", &password],
        ["users", "update"] => vec![server, &user, "--fullname", "Autre"],
        ["users", "delete"] => vec![server, &user, "--yes"],
        ["permissions", "add" | "remove"] => vec![server, &main, &user],
        ["provision"] => {
            let choices = ["--domain", "neuf.example", "--admin", "camille"];
            let name = ["--fullname", "Camille Morvan"];
            let rest = ["--no-dns", "--certificate", "self-signed", "--plan"];
            [&[server.as_str()][..], &choices, &name, &rest].concat()
        }
        ["profiles", "delete"] => vec![profile],
        ["runs", "show" | "follow" | "trace" | "report"] => vec![&done],
        ["runs", "pause" | "resume" | "cancel"] => vec![&paused],
        ["runs", "retry"] => vec![&failed],
        ["runs", "undo"] => vec![&failed, "--yes"],
        ["fleet", "show" | "retry"] => vec![&fleets[0]],
        ["fleet", "pause" | "resume" | "cancel"] => vec![&fleets[1]],
        ["schedules", "enable" | "disable"] => vec![&schedule],
        ["schedules", "delete"] => vec![&schedule, "--yes"],
        ["journal", "export"] => {
            return Some(all(&path, &[&format!("{folder}/{n}.journal")]));
        }
        ["fleet", "run", ..] => {
            let words = [&on[..], &["--dry-run", "--yes"]].concat();
            let change = change(&path)?;
            let change: Vec<&str> = change.iter().map(String::as_str).collect();
            return Some(all(&path, &[change, words].concat()));
        }
        ["schedules", "add", change_name] => {
            let words = [&on[..], &["--daily", "03:00"]].concat();
            let change = change(&path)?;
            let change: Vec<&str> = change.iter().map(String::as_str).collect();
            let name = format!("Neuve {n}");
            return Some(all(
                &["schedules", "add", &name, change_name],
                &[change, words].concat(),
            ));
        }
        _ => return None,
    };
    Some(all(&path, &after))
}

fn all(path: &[&str], after: &[&str]) -> Vec<String> {
    ["towerify", "--json"]
        .iter()
        .chain(path)
        .chain(after)
        .map(|word| (*word).to_owned())
        .collect()
}
