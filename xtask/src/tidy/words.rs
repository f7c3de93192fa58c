//! What no committed text says: hosts of package registries (whoever builds has their own), and folders of one
//! machine. The words are written in two parts here, so that this file does not find itself.

use super::{Finding, Source};

const REGISTRIES: &[&str] = &[
    concat!("registry.npmjs", ".org"),
    concat!("registry.yarnpkg", ".com"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("pypi", ".org"),
    concat!("files.pythonhosted", ".org"),
    concat!("proxy.golang", ".org"),
];

const FOLDERS: &[&str] = &[
    concat!("/work", "/main"),
    concat!("/work", "/shared"),
    concat!("/tmp", "/towerify/"),
    concat!("/root", "/.cargo"),
];

/// Files that package tools write.
const WRITTEN_BY_TOOLS: &[&str] = &["Cargo.lock"];

/// Every line that names one of them.
pub fn findings(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        if WRITTEN_BY_TOOLS.contains(&source.path.as_str()) {
            continue;
        }
        for (place, line) in source.text.lines().enumerate() {
            let names =
                |words: &[&'static str]| words.iter().copied().find(|word| line.contains(word));
            if let Some(host) = names(REGISTRIES) {
                findings.push(Finding::at(
                    source,
                    place + 1,
                    format!("{host} is a package registry: leave its name out"),
                ));
            }
            if let Some(folder) = names(FOLDERS) {
                findings.push(Finding::at(source, place + 1, format!("{folder} is a folder of one machine: write a path from the top of the repository")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrys_host_in_a_lock_file_and_a_machines_folder_in_a_page_are_seen() {
        let found = findings(&[
            Source::new(
                "ui/package-lock.json",
                concat!("\"resolved\": \"https://registry.npmjs", ".org/x\"\n"),
            ),
            Source::new("README.md", concat!("cd /work", "/main\n")),
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].place, "README.md:1");
    }

    #[test]
    fn the_word_alone_is_let_be() {
        assert_eq!(
            findings(&[Source::new("README.md", "https://yunohost.org/ /work/\n")]),
            []
        );
    }
}
