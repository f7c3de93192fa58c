//! Carrying out what an action planned: its notes, its steps, its effect, and how it ends.

use std::time::Duration;

use serde_json::Value;

use super::{Ended, Machine, Request, Told, lock};
use crate::{
    Fault,
    actions::{Plan, Refusal},
    call::Call,
    clock,
    state::State,
    words,
};

impl Machine {
    /// From the first note to the last.
    pub(super) async fn carry_out(
        &self,
        request: &Request,
        call: &Call,
        mut plan: Plan,
        held: &lock::Held<'_>,
        tell: &(dyn Fn(Told) + Send + Sync),
    ) -> Ended {
        let mut operations = Vec::new();
        let settling = {
            let mut state = self.state();
            for (kind, target) in &plan.operations {
                let (args, now) = (plan.args.clone(), clock::now());
                operations.push(state.begin(kind, target, args, &request.by, now));
            }
            // 12.1 pauses for its event stream.
            if state.is_old() { 60 } else { 1_000 }
        };
        held.note_operation(operations.first().cloned());
        if !operations.is_empty() {
            self.save();
        }
        self.work(Duration::from_millis(settling)).await;
        for (done, step) in plan.steps.into_iter().enumerate() {
            if let Some(dying) = plan.dies.take_if(|dying| dying.after == done) {
                self.change(|state| {
                    let leave = |state: &mut State| (dying.leaving)(state, clock::now());
                    state.count(call.name, "cut", leave)
                });
                return Ended::Killed;
            }
            if done >= request.told {
                self.work(step.after).await;
            }
            if let Some(operation) = operations.first()
                && let Some(operation) = self.state().operation_mut(operation)
            {
                operation.note(clock::now(), step.level, &step.message);
            }
            tell(Told::Log {
                level: step.level,
                message: step.message,
            });
            if self.faults.has(&Fault::KillRuns) {
                self.save();
                return Ended::Killed;
            }
        }
        let now = clock::now();
        let ended = {
            let mut state = self.state();
            let ended = match plan.failure {
                None if plan.is_empty => Ok((plan.effect)(&mut state, now)),
                None => {
                    let subject = plan.subject.unwrap_or_default();
                    Ok(state.count(call.name, &subject, |state| (plan.effect)(state, now)))
                }
                Some(error) => Err(error),
            };
            let ended = match plan.ends.take() {
                Some(refusal) => Err(refusal.message),
                None => ended,
            };
            for name in &operations {
                if plan.power.is_some() {
                    continue;
                }
                if let Some(operation) = state.operation_mut(name) {
                    operation.ended_at = Some(now);
                    operation.success = Some(ended.is_ok());
                    operation.error = ended.as_ref().err().cloned();
                }
            }
            ended
        };
        self.save();
        self.settle();
        if let Some(power) = plan.power {
            return Ended::Power { power, operations };
        }
        if let Some(text) = plan.output {
            tell(Told::Output(text));
        }
        match ended {
            // An installation answers nothing over the command line; the API's door asks for its note.
            Ok(reply) if call.name == "app install" && request.program != "yunohost-api" => {
                drop(reply);
                Ended::Done {
                    reply: Value::Null,
                    operations,
                }
            }
            Ok(reply) => Ended::Done { reply, operations },
            Err(_) => {
                let name = operations.first().cloned().unwrap_or_default();
                let description = self
                    .state()
                    .operation_mut(&name)
                    .map(|operation| operation.description(request.locale))
                    .unwrap_or_default();
                let named = [("operation", description.as_str()), ("name", name.as_str())];
                Ended::Refused {
                    refusal: Refusal {
                        key: "failed".to_owned(),
                        message: words::sentence(request.locale, "failed", &named),
                        named: Vec::new(),
                        validation: false,
                    },
                    operation: Some(name.clone()),
                    operations,
                }
            }
        }
    }
}
