//! Which arguments each action takes, in a compact notation, as YunoHost's action map has them.
//!
//! `username` is a required positional argument, `app?` an optional one, `usernames+` and `names*` lists;
//! `-p/--password=` an option with a value, `--fields=*` one with a list, `--purge` a flag.

/// Every action that the simulated servers know, with its arguments.
pub(crate) const GRAMMAR: &[(&str, &str)] = &[
    ("tools versions", ""),
    ("tools update", "target?"),
    ("tools migrations list", "--pending --done"),
    (
        "tools postinstall",
        "-d/--domain= -u/--username= -F/--fullname= -p/--password= --ignore-dyndns --dyndns-recovery-password= \
         --force-diskspace --i-have-read-terms-of-services",
    ),
    ("tools reboot", "-f/--force"),
    ("tools shutdown", "-f/--force"),
    ("settings list", "-f/--full"),
    ("settings get", "key -f/--full -e/--export"),
    ("settings set", "key -v/--value= -a/--args="),
    ("firewall list", "-r/--raw -p/--protocol= -f/--forwarded"),
    ("firewall is-open", "port -p/--protocol="),
    (
        "firewall open",
        "port comment -p/--protocol= --upnp --no-reload",
    ),
    (
        "firewall close",
        "port -p/--protocol= --upnp-only --no-reload",
    ),
    ("firewall delete", "port -p/--protocol= --no-reload"),
    (
        "firewall allow",
        "protocol port -4/--ipv4-only -6/--ipv6-only --no-upnp --no-reload",
    ),
    (
        "firewall disallow",
        "protocol port -4/--ipv4-only -6/--ipv6-only --upnp-only --no-reload",
    ),
    (
        "backup create",
        "-n/--name= -d/--description= -o/--output-directory= --methods=* --system=* --apps=* --dry-run",
    ),
    ("backup list", "-i/--with-info -H/--human-readable"),
    ("backup info", "name -d/--with-details -H/--human-readable"),
    ("backup delete", "name"),
    ("user ssh list-keys", "username"),
    ("user ssh add-key", "username key -c/--comment="),
    ("user ssh remove-key", "username key"),
    ("user list", "--fields=*"),
    ("user info", "username"),
    (
        "user create",
        "username -F/--fullname= -p/--password= -d/--domain= -q/--mailbox-quota= -s/--loginShell= -a/--admin",
    ),
    (
        "user update",
        "username -F/--fullname= -m/--mail= -p/--change-password= --add-mailforward=* --remove-mailforward=* \
         --add-mailalias=* --remove-mailalias=* -q/--mailbox-quota= -s/--loginShell=",
    ),
    ("user delete", "username --purge"),
    (
        "user group list",
        "-s/--short -f/--full -p/--include-primary-groups",
    ),
    ("user group info", "groupname"),
    ("user group create", "groupname"),
    ("user group delete", "groupname"),
    ("user group add", "groupname usernames+"),
    ("user group remove", "groupname usernames+"),
    ("user permission list", "apps* -s/--short -f/--full"),
    ("user permission info", "permission"),
    ("user permission add", "permission names+"),
    ("user permission remove", "permission names+"),
    (
        "user permission update",
        "permission -l/--label= -s/--show_tile= --logo= --description= --order= --hide=",
    ),
    ("domain list", "--exclude-subdomains --tree"),
    ("domain info", "domain"),
    ("domain add", "domain --install-letsencrypt-cert --skip-tos"),
    ("domain remove", "domain -r/--remove-apps -f/--force"),
    ("domain main-domain", "-n/--new-main-domain="),
    ("domain url-available", "domain path"),
    ("domain cert status", "domain_list* --full"),
    (
        "domain cert install",
        "domain_list* --force --no-checks --self-signed",
    ),
    (
        "domain cert renew",
        "domain_list* --force --email --no-checks",
    ),
    ("app list", "-f/--full -u/--upgradable"),
    ("app info", "app -f/--full"),
    ("app map", "-r/--raw -a/--app= -u/--user="),
    (
        "app install",
        "app -l/--label= -a/--args= -n/--no-remove-on-failure -f/--force",
    ),
    (
        "app upgrade",
        "app* -u/--url= -f/--file= -F/--force -b/--no-safety-backup -c/--continue-on-failure",
    ),
    ("app remove", "app+ -p/--purge"),
    ("app change-label", "app new_label"),
    (
        "app catalog",
        "-f/--full -c/--with-categories -a/--with-antifeatures",
    ),
    ("app manifest", "app -s/--with-screenshot"),
    ("service status", "names*"),
    ("service log", "name -n/--number="),
    ("service restart", "names+"),
    ("service start", "names+"),
    ("service stop", "names+"),
    ("diagnosis list", ""),
    (
        "diagnosis show",
        "categories* --full --share --issues --human-readable",
    ),
    ("diagnosis get", "category --item=*"),
    (
        "diagnosis run",
        "categories* --force --except-if-never-ran-yet --email",
    ),
    (
        "log list",
        "-l/--limit= -d/--with-details -s/--with-suboperations",
    ),
    (
        "log show",
        "path -n/--number= --share -i/--filter-irrelevant -s/--with-suboperations",
    ),
];

/// The longest action whose words an argument list begins with, its arguments, and how many words it has.
pub(crate) fn find(argv: &[String]) -> Option<(&'static str, &'static str, usize)> {
    GRAMMAR
        .iter()
        .filter_map(|(name, arguments)| {
            let words: Vec<&str> = name.split(' ').collect();
            let matches = words.len() <= argv.len()
                && words.iter().zip(argv).all(|(word, said)| word == said);
            matches.then_some((*name, *arguments, words.len()))
        })
        .max_by_key(|(_, _, words)| *words)
}

/// One argument of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Argument {
    /// `-p`, when it has a short form.
    pub(crate) short: Option<&'static str>,
    /// `--password`, or the positional's name.
    pub(crate) long: &'static str,
    /// Whether it is given by its place.
    pub(crate) positional: bool,
    /// How many values it takes.
    pub(crate) arity: Arity,
}

/// How many values an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    /// None: it is there or not.
    Flag,
    /// Exactly one.
    One,
    /// One or none.
    Optional,
    /// Any number.
    Any,
    /// At least one.
    Many,
}

impl Argument {
    /// The name that a form field, and [`crate::call::Call`], have for it.
    pub(crate) fn key(&self) -> String {
        self.long.trim_start_matches('-').replace('-', "_")
    }
}

/// Reads the notation.
pub(crate) fn arguments(notation: &'static str) -> Vec<Argument> {
    notation.split_whitespace().map(argument).collect()
}

fn argument(token: &'static str) -> Argument {
    let positional = !token.starts_with('-');
    let (name, arity) = if let Some(name) = token.strip_suffix("=*") {
        (name, Arity::Any)
    } else if let Some(name) = token.strip_suffix('=') {
        (name, Arity::One)
    } else if let Some(name) = token.strip_suffix('*') {
        (name, Arity::Any)
    } else if let Some(name) = token.strip_suffix('+') {
        (name, Arity::Many)
    } else if let Some(name) = token.strip_suffix('?') {
        (name, Arity::Optional)
    } else if positional {
        (token, Arity::One)
    } else {
        (token, Arity::Flag)
    };
    let (short, long) = match name.split_once('/') {
        Some((short, long)) => (Some(short), long),
        None => (None, name),
    };
    Argument {
        short,
        long,
        positional,
        arity,
    }
}

#[cfg(test)]
mod tests {
    use towerify_yunohost::DECLARATIONS;

    use super::*;

    #[test]
    fn every_declared_action_is_known_here() {
        for declaration in DECLARATIONS {
            assert!(
                GRAMMAR.iter().any(|(name, _)| *name == declaration.name),
                "{} is declared, and no simulated server knows it",
                declaration.name
            );
        }
    }

    #[test]
    fn the_notation_reads_as_its_comment_says() {
        let read = arguments("username names* -p/--password= --fields=* --purge");
        let found: Vec<(String, bool, Arity)> = read
            .iter()
            .map(|argument| (argument.key(), argument.positional, argument.arity))
            .collect();
        assert_eq!(
            found,
            [
                ("username".to_owned(), true, Arity::One),
                ("names".to_owned(), true, Arity::Any),
                ("password".to_owned(), false, Arity::One),
                ("fields".to_owned(), false, Arity::Any),
                ("purge".to_owned(), false, Arity::Flag),
            ]
        );
    }
}
