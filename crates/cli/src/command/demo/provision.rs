//! The part of the tour that makes a bare machine into a server.

use super::tour::{ADMINISTRATOR, Tour, fell_short};
use crate::failure::Failure;
use secrecy::SecretString;
use towerify_core::provisioning::{self, Choices, Machine, Order, Verdict};
use towerify_core::runs::Begun;
use towerify_core::servers::{self, Address, HowChecked, Login, NewServer};
use towerify_domain::Words;
use towerify_domain::run::StepState;
use towerify_domain::server::ServerState;

impl Tour {
    /// Looks at a bare machine, makes it into a server in one run, and finds it in service.
    pub async fn provision(&mut self) -> Result<Words, Failure> {
        let (workspace, actor) = self.open()?;
        let machine = self.fleet.machines().first().ok_or_else(|| {
            fell_short(
                "The training fleet has no bare machine.",
                "Le parc d’exercice n’a aucune machine nue.",
            )
        })?;
        let order = Order {
            machine: Machine::New {
                server: Box::new(NewServer {
                    name: machine.name.clone(),
                    address: Address {
                        address: machine.address.to_string(),
                        port: machine.ssh_port,
                        jump: None,
                    },
                    user: machine.user.clone(),
                    login: Login::Password {
                        password: SecretString::from(machine.password.as_str()),
                    },
                    fingerprint: machine.host_key.fingerprint.clone(),
                    how: HowChecked::Provider,
                    customer: None,
                    tags: Vec::new(),
                }),
            },
            choices: Choices {
                domain: machine.domain.clone(),
                admin: "camille".into(),
                admin_fullname: ADMINISTRATOR.into(),
                resolver: self.fleet.resolver().to_string(),
                second_way_in: true,
                customer: Some(machine.customer.clone()),
                ..Choices::default()
            },
            password: None,
            certificate_key: None,
        };
        let seen = provisioning::look(workspace, actor, order.clone()).await?;
        if !seen.may_begin {
            let stops = |words: fn(&Words) -> &str| {
                let stops = seen.findings.iter();
                let stops = stops.filter(|finding| finding.verdict == Verdict::Stop);
                let said: Vec<&str> = stops.map(|finding| words(&finding.words)).collect();
                said.join("\n")
            };
            return Err(fell_short(
                stops(|words| &words.en),
                stops(|words| &words.fr),
            ));
        }
        let started = provisioning::begin(workspace, actor, order).await?;
        self.done(Begun { run: started.run }).await?;
        let report = provisioning::report(workspace, actor, started.run).await?;
        let server = servers::detail(workspace, actor, started.server).await?;
        let serves = matches!(server.row.state, ServerState::Ok | ServerState::Warn)
            && server.row.yunohost.is_some();
        if !report.done || !serves {
            return Err(fell_short(
                "The machine is not in service.",
                "La machine n’est pas en service.",
            ));
        }
        let steps = report.steps.len();
        let done = report.steps.iter();
        let done = done.filter(|step| step.state == StepState::Done).count();
        let (name, machine) = (&server.row.name, &seen.machine);
        let domain = server.row.domain.as_deref().unwrap_or_default();
        Ok(Words::new(
            format!(
                "{machine} became {name}, https://{domain}: {done} of {steps} steps had something to do"
            ),
            format!(
                "{machine} est devenu {name}, https://{domain} : {done} étapes sur {steps} avaient à faire"
            ),
        ))
    }
}
