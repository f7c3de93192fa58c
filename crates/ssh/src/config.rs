//! OpenSSH's client configuration, as far as it says how to reach a machine (ssh_config(5)): Host, HostName,
//! Port, User, IdentityFile, ProxyJump, Include. The first value found wins. `Match` blocks are left out with a
//! note, since most of their conditions run programs or depend on where one is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::endpoint::Endpoint;
use crate::wildcard;

/// Files may include files this deep; OpenSSH's own limit (readconf.c, READCONF_MAX_DEPTH).
const MAX_DEPTH: usize = 16;
/// Files read in all, so that a pattern over a large folder ends.
const MAX_FILES: usize = 256;
/// Bytes of one file.
const MAX_FILE: u64 = 1024 * 1024;

/// A configuration with everything it includes.
#[derive(Clone, Debug, Default)]
pub struct ClientConfig {
    home: PathBuf,
    directives: Vec<Directive>,
    notes: Vec<ConfigNote>,
    files: usize,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigNote {
    /// The file it stands in.
    pub file: PathBuf,
    /// The line's number, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What was left out and why.
    pub note: String,
}

/// What the configuration says of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostSettings {
    /// The machine's real name or address; `None` when it is the name that was asked for.
    pub host_name: Option<String>,
    /// The port, when one is said.
    pub port: Option<u16>,
    /// The user, when one is said.
    pub user: Option<String>,
    /// Private keys, in the order to try them.
    pub identity_files: Vec<PathBuf>,
    /// Machines to go through, the first one first. Each may have settings of its own under its name.
    pub jumps: Vec<JumpHost>,
}

/// A machine to go through, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JumpHost {
    /// The user, when one is said.
    pub user: Option<String>,
    /// A name, to be looked up in the configuration in its turn.
    pub host: String,
    /// The port, when one is said.
    pub port: Option<u16>,
}

impl HostSettings {
    /// The endpoint for the name that was asked for.
    pub fn endpoint(&self, asked: &str) -> Endpoint {
        Endpoint::new(
            self.host_name.as_deref().unwrap_or(asked),
            self.port.unwrap_or(22),
        )
    }
}

#[derive(Clone, Debug)]
struct Directive {
    /// All of these must hold.
    conditions: Vec<Arc<Condition>>,
    keyword: Keyword,
    value: String,
}

#[derive(Debug)]
enum Condition {
    Host(Vec<String>),
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keyword {
    HostName,
    Port,
    User,
    IdentityFile,
    ProxyJump,
}

impl ClientConfig {
    /// Reads a configuration file, usually `HOME/.ssh/config`, with everything it includes. What cannot be
    /// read is noted and left out.
    pub fn read(file: &Path, home: &Path) -> Self {
        let mut config = ClientConfig {
            home: home.to_owned(),
            ..ClientConfig::default()
        };
        config.read_file(file, &[], 0);
        config
    }

    /// What was left out.
    pub fn notes(&self) -> &[ConfigNote] {
        &self.notes
    }

    /// The names that are written out, without patterns: what a list to choose from shows.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = Vec::new();
        for condition in self
            .directives
            .iter()
            .flat_map(|directive| &directive.conditions)
        {
            let Condition::Host(patterns) = condition.as_ref() else {
                continue;
            };
            for pattern in patterns {
                if !pattern.contains(['*', '?', '!']) && !hosts.contains(pattern) {
                    hosts.push(pattern.clone());
                }
            }
        }
        hosts
    }

    /// What holds for a host, by the name that a person would type.
    pub fn settings(&self, host: &str) -> HostSettings {
        let holds = |directive: &&Directive| {
            directive
                .conditions
                .iter()
                .all(|condition| match condition.as_ref() {
                    Condition::Host(patterns) => {
                        wildcard::list_matches(patterns.iter().map(String::as_str), host)
                    }
                    Condition::Never => false,
                })
        };
        let all = |keyword: Keyword| {
            self.directives
                .iter()
                .filter(holds)
                .filter(move |directive| directive.keyword == keyword)
                .map(|directive| directive.value.as_str())
        };
        let first = |keyword| all(keyword).next();
        let host_name = first(Keyword::HostName).map(|name| expand(name, &[('h', host)]));
        let real = host_name.clone().unwrap_or_else(|| host.to_owned());
        let user = first(Keyword::User).map(str::to_owned);
        let home = self.home.display().to_string();
        let identity_files = all(Keyword::IdentityFile)
            .take_while(|file| !file.eq_ignore_ascii_case("none"))
            .map(|file| {
                let mut tokens = vec![('d', home.as_str()), ('h', real.as_str()), ('n', host)];
                if let Some(user) = &user {
                    tokens.push(('r', user));
                }
                self.in_home(&expand(file, &tokens), &self.home)
            })
            .collect();
        let jumps = match first(Keyword::ProxyJump) {
            Some(value) if !value.eq_ignore_ascii_case("none") => {
                value.split(',').filter_map(JumpHost::parse).collect()
            }
            _ => Vec::new(),
        };
        HostSettings {
            host_name,
            port: first(Keyword::Port).and_then(|port| port.parse().ok()),
            user,
            identity_files,
            jumps,
        }
    }

    fn note(&mut self, file: &Path, line: usize, note: impl Into<String>) {
        self.notes.push(ConfigNote {
            file: file.to_owned(),
            line,
            note: note.into(),
        });
    }

    fn read_file(&mut self, file: &Path, around: &[Arc<Condition>], depth: usize) {
        use std::io::Read as _;
        if self.files >= MAX_FILES {
            return self.note(file, 0, format!("left out: more than {MAX_FILES} files"));
        }
        self.files += 1;
        let mut bytes = Vec::new();
        let read =
            std::fs::File::open(file).and_then(|open| open.take(MAX_FILE).read_to_end(&mut bytes));
        if let Err(error) = read {
            return self.note(file, 0, format!("left out: {error}"));
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut conditions = around.to_vec();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let Some((keyword, words)) = split(line) else {
                continue;
            };
            let Some(value) = words.first().cloned() else {
                self.note(file, number, format!("{keyword} has no value"));
                continue;
            };
            let keyword = match keyword.as_str() {
                "host" => {
                    conditions = around.to_vec();
                    conditions.push(Arc::new(Condition::Host(words)));
                    continue;
                }
                "match" => {
                    conditions = around.to_vec();
                    if words.len() == 1 && value.eq_ignore_ascii_case("all") {
                        continue;
                    }
                    conditions.push(Arc::new(Condition::Never));
                    self.note(file, number, "this Match block is left out");
                    continue;
                }
                "include" => {
                    for pattern in &words {
                        self.include(file, number, pattern, &conditions, depth);
                    }
                    continue;
                }
                "hostname" => Keyword::HostName,
                "port" if value.parse::<u16>().is_ok_and(|port| port > 0) => Keyword::Port,
                "port" => {
                    self.note(file, number, "the port is a number from 1 to 65535");
                    continue;
                }
                "user" => Keyword::User,
                "identityfile" => Keyword::IdentityFile,
                "proxyjump" => Keyword::ProxyJump,
                "proxycommand" if !value.eq_ignore_ascii_case("none") => {
                    self.note(file, number, "ProxyCommand is not supported; ProxyJump is");
                    continue;
                }
                _ => continue,
            };
            self.directives.push(Directive {
                conditions: conditions.clone(),
                keyword,
                value,
            });
        }
    }

    fn include(
        &mut self,
        file: &Path,
        line: usize,
        pattern: &str,
        conditions: &[Arc<Condition>],
        depth: usize,
    ) {
        if depth + 1 >= MAX_DEPTH {
            return self.note(
                file,
                line,
                format!("left out: files include files more than {MAX_DEPTH} deep"),
            );
        }
        let pattern = self.in_home(pattern, &self.home.join(".ssh"));
        // A pattern that finds nothing is no fault, as in OpenSSH.
        for found in glob(&pattern) {
            self.read_file(&found, conditions, depth + 1);
        }
    }

    /// A path with `~` replaced, and otherwise relative to `base`.
    fn in_home(&self, path: &str, base: &Path) -> PathBuf {
        match path.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => base.join(path),
        }
    }
}

impl JumpHost {
    /// `[user@]host[:port]`, or the same as a `ssh://` address.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text
            .strip_prefix("ssh://")
            .unwrap_or(text)
            .trim_end_matches('/');
        let (user, rest) = match text.rsplit_once('@') {
            Some((user, rest)) => (Some(user.to_owned()), rest),
            None => (None, text),
        };
        let endpoint: Endpoint = rest.parse().ok()?;
        let says_port = rest.ends_with(&format!(":{}", endpoint.port)) && rest != endpoint.host;
        Some(JumpHost {
            user: user.filter(|user| !user.is_empty()),
            host: endpoint.host,
            port: says_port.then_some(endpoint.port),
        })
    }
}

/// A line's keyword in lower case, and its words. `keyword value`, `keyword=value`, quotes, comments.
fn split(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find([' ', '\t', '=', '"']).unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in rest.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            '#' if !quoted && word.is_none() => break,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some((keyword.to_ascii_lowercase(), words))
}

/// Replaces `%x` by its value; `%%` is a percent sign; an unknown one stays as it is.
fn expand(text: &str, tokens: &[(char, &str)]) -> String {
    let mut expanded = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            expanded.push(c);
            continue;
        }
        match rest.next() {
            Some('%') => expanded.push('%'),
            Some(token) => match tokens.iter().find(|(known, _)| *known == token) {
                Some((_, value)) => expanded.push_str(value),
                None => {
                    expanded.push('%');
                    expanded.push(token);
                }
            },
            None => expanded.push('%'),
        }
    }
    expanded
}

/// The files a path with `*` and `?` stands for, in alphabetical order.
fn glob(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let name = component.as_os_str().to_string_lossy().into_owned();
        if !name.contains(['*', '?']) {
            for path in &mut found {
                path.push(component);
            }
            continue;
        }
        let mut next = Vec::new();
        for folder in found {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let entry_name = entry.file_name().to_string_lossy().into_owned();
                // As in a shell, a pattern does not find hidden files unless it says so.
                let hidden = entry_name.starts_with('.') && !name.starts_with('.');
                if !hidden && wildcard::matches(&name, &entry_name) {
                    next.push(folder.join(entry_name));
                }
            }
        }
        next.sort();
        found = next;
    }
    found.retain(|path| path.is_file());
    found
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
