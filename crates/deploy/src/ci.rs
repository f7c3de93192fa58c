//! Pipelines that deploy: printed, never written anywhere by us.

use crate::Language;

/// A service that runs pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ci {
    /// GitHub Actions: `.github/workflows/deploy.yml`.
    Github,
    /// GitLab CI: `.gitlab-ci.yml`.
    Gitlab,
    /// Woodpecker: `.woodpecker.yml`.
    Woodpecker,
    /// Jenkins: `Jenkinsfile`.
    Jenkins,
}

/// Where a pipeline deploys to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'t> {
    /// The server's host.
    pub server: &'t str,
    /// The port of its SSH.
    pub port: u16,
    /// The account of the deploy key.
    pub user: &'t str,
    /// The server's host key.
    pub host_key: &'t str,
    /// The domain of environments that name none.
    pub domain: Option<&'t str>,
}

impl Ci {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Github, Self::Gitlab, Self::Woodpecker, Self::Jenkins];

    /// As it is named on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Woodpecker => "woodpecker",
            Self::Jenkins => "jenkins",
        }
    }

    /// The file that the pipeline belongs into.
    pub fn file(self) -> &'static str {
        match self {
            Self::Github => ".github/workflows/deploy.yml",
            Self::Gitlab => ".gitlab-ci.yml",
            Self::Woodpecker => ".woodpecker.yml",
            Self::Jenkins => "Jenkinsfile",
        }
    }

    /// A pipeline that deploys an environment when the main branch changes. It needs `towerify` on its machine, and of the
    /// service's own secrets the deploy key; host key and server are no secrets.
    pub fn pipeline(self, env: &str, target: &Target<'_>, language: Language) -> String {
        let (about, key) = match language {
            Language::English => (
                "Deploys when the main branch changes.",
                "The secret DEPLOY_KEY holds the private key; on the server: towerify access grant.",
            ),
            Language::French => (
                "Déploie quand la branche principale change.",
                "Le secret DEPLOY_KEY contient la clé privée ; sur le serveur : towerify access grant.",
            ),
        };
        // Written to a file that only this job reads: never an argument, never printed.
        let write = "umask 077; printf '%s\\n' \"$DEPLOY_KEY\" > \"$TOWERIFY_KEY_FILE\"";
        let clean = "rm -f \"$TOWERIFY_KEY_FILE\"";
        let variables = |indent: &str, assign: &str, quote: &str| {
            let port = (target.port != 22).then(|| target.port.to_string());
            [
                ("TOWERIFY_SERVER", Some(target.server)),
                ("TOWERIFY_PORT", port.as_deref()),
                ("TOWERIFY_USER", Some(target.user)),
                ("TOWERIFY_HOST_KEY", Some(target.host_key)),
                ("TOWERIFY_DOMAIN", target.domain),
            ]
            .into_iter()
            .filter_map(|(name, value)| {
                Some(format!("{indent}{name}{assign}{quote}{}{quote}\n", value?))
            })
            .collect::<String>()
        };
        match self {
            Self::Github => format!(
                "# {about}\n# {key}\non:\n  push:\n    branches: [main]\nconcurrency: deploy-{env}\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    environment: {env}\n    env:\n{}      TOWERIFY_KEY_FILE: \"/tmp/towerify-key\"\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          {write}\n          towerify deploy --env {env} --yes\n        env:\n          DEPLOY_KEY: ${{{{ secrets.DEPLOY_KEY }}}}\n      - if: always()\n        run: {clean}\n",
                variables("      ", ": ", "\""),
            ),
            Self::Gitlab => format!(
                "# {about}\n# {key}\ndeploy:\n  stage: deploy\n  resource_group: {env}\n  environment: {env}\n  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n  variables:\n{}    TOWERIFY_KEY_FILE: \"/tmp/towerify-key\"\n  script:\n    - {write}\n    - towerify deploy --env {env} --yes\n  after_script:\n    - {clean}\n",
                variables("    ", ": ", "\""),
            ),
            Self::Woodpecker => format!(
                "# {about}\n# {key}\nwhen:\n  - event: push\n    branch: main\nsteps:\n  - name: deploy\n    image: debian:12\n    environment:\n{}      TOWERIFY_KEY_FILE: \"/tmp/towerify-key\"\n      DEPLOY_KEY:\n        from_secret: DEPLOY_KEY\n    commands:\n      - {write}\n      - towerify deploy --env {env} --yes\n",
                variables("      ", ": ", "\""),
            ),
            Self::Jenkins => format!(
                "// {about}\n// {key}\npipeline {{\n  agent any\n  options {{ disableConcurrentBuilds() }}\n  environment {{\n{}  }}\n  stages {{\n    stage('deploy') {{\n      when {{ branch 'main' }}\n      steps {{\n        withCredentials([file(credentialsId: 'DEPLOY_KEY', variable: 'TOWERIFY_KEY_FILE')]) {{\n          sh 'towerify deploy --env {env} --yes'\n        }}\n      }}\n    }}\n  }}\n}}\n",
                variables("    ", " = ", "'"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_its_pipeline() {
        let mut all = String::new();
        for ci in Ci::ALL {
            let text = ci.pipeline(
                "prod",
                &Target {
                    server: "tour.example",
                    port: 22,
                    user: "td_hello_prod",
                    host_key: "ssh-ed25519 AAAA",
                    domain: None,
                },
                Language::English,
            );
            if ci != Ci::Jenkins {
                marked_yaml::parse_yaml(0, &text)
                    .unwrap_or_else(|error| panic!("{}: {error}\n{text}", ci.word()));
            }
            assert!(
                text.contains("towerify deploy --env prod --yes")
                    && text.contains("ssh-ed25519 AAAA")
            );
            all += &format!("=== {}\n{text}\n", ci.file());
        }
        insta::assert_snapshot!(all);
    }
}
