//! Files that look like secrets: by their names, and by the beginning of what they hold. A warning, never a refusal: some
//! apps ship a public key, or a certificate of a test.

use crate::Words;

/// How much of a file is looked at.
pub(super) const LOOK: usize = 64 << 10;

/// What is suspicious about a file, if anything is.
pub(super) fn suspicion(path: &str, beginning: &[u8]) -> Option<Words> {
    by_name(path).or_else(|| by_content(path, beginning))
}

fn by_name(path: &str) -> Option<Words> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let is_example = ["example", "sample", "dist", "template"]
        .iter()
        .any(|word| name.contains(word));
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let is_suspect = (name == ".env" || name.starts_with(".env.")) && !is_example
        || [
            "id_rsa",
            "id_ed25519",
            "id_ecdsa",
            "id_dsa",
            ".netrc",
            ".pypirc",
            ".htpasswd",
            ".pgpass",
            ".my.cnf",
            "credentials.json",
            "credentials",
        ]
        .contains(&name.as_str())
        || name.starts_with("service-account") && name.ends_with(".json")
        || ends(&[".pem", ".key", ".p12", ".pfx", ".jks", ".kdbx", ".ppk"]);
    is_suspect.then(|| Words::new(
        format!("`{path}` looks like a secret by its name: secrets belong in `towerify secrets set`, and this file in .towerifyignore."),
        format!("« {path} » a le nom d'un secret : les secrets vont dans « towerify secrets set », et ce fichier dans .towerifyignore."),
    ))
}

fn by_content(path: &str, beginning: &[u8]) -> Option<Words> {
    let text = String::from_utf8_lossy(beginning);
    let has_key = text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----");
    let token = |prefix: &str, length: usize| {
        text.match_indices(prefix).any(|(at, _)| {
            let rest = text.get(at + prefix.len()..).unwrap_or_default();
            rest.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
                .count()
                >= length
        })
    };
    let has_token = token("AKIA", 16)
        || token("ghp_", 36)
        || token("github_pat_", 22)
        || token("glpat-", 20)
        || token("xoxb-", 20)
        || token("xoxp-", 20)
        || token("sk_live_", 16)
        || text.contains(":_authToken=");
    (has_key || has_token).then(|| Words::new(
        format!("`{path}` holds what looks like a {}: whoever may see the app's files sees it.", if has_key { "private key" } else { "token" }),
        format!("« {path} » contient ce qui ressemble à {} : qui voit les fichiers de l'application le voit.", if has_key { "une clé privée" } else { "un jeton" }),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, content: &str, expected: bool) {
        assert_eq!(
            suspicion(path, content.as_bytes()).is_some(),
            expected,
            "{path}"
        );
    }

    #[test]
    fn what_looks_like_a_secret_is_seen() {
        check(".env", "", true);
        check("conf/.env.production", "", true);
        check(".env.example", "", false);
        check("tls/site.KEY", "", true);
        check("monkey", "", false);
        check("a.txt", "-----BEGIN OPENSSH PRIVATE KEY-----\n", true);
        check("a.txt", "-----BEGIN PUBLIC KEY-----\n", false);
        check("a.js", "const k = 'AKIAABCDEFGHIJKLMNOP'", true);
        check("a.js", "AKIA is a prefix", false);
        check(".npmrc", "//registry.example/:_authToken=x", true);
    }
}
