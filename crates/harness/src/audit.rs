//! The audit: reads back what the live processes of a run really got, environment, program and port.

use serde_json::Value;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::{Environment, Origin};
use smoke_core::process::{self, Process};
use smoke_core::wait::settled;
use smoke_record::event::Event;
use smoke_record::run_record::{EnvAudit, Mismatch};

use crate::context::Context;
use crate::servers::config;
use crate::step::Step;

/// Audits the run and reports what was found.
///
/// # Errors
/// Something did not arrive.
pub fn check(context: &Context, step: &Step) -> Result<(), Cause> {
    let audit = audit(context);
    step.emit(Event::EnvAudited(audit.clone()));
    let Some(first) = audit.mismatches.first() else { return Ok(()) };
    let summary = format!(
        "pid {} has {} = {}, not {}",
        first.pid,
        first.key,
        first.actual.as_deref().unwrap_or("nothing"),
        first.expected
    );
    let all = audit.mismatches.iter().map(|mismatch| {
        let actual = mismatch.actual.as_deref().unwrap_or("nothing");
        format!("pid {} ({}): {} = {actual}", mismatch.pid, mismatch.argv.join(" "), mismatch.key)
    });
    let next = "see who starts that process, and what it passes on";
    Err(Cause::new(Code::EnvMismatch, summary, next).evidence(all))
}

fn audit(context: &Context) -> EnvAudit {
    let processes = process::of_run(&context.run.id);
    let config = rendered(context);
    let mut mismatches: Vec<Mismatch> =
        processes.iter().flat_map(|process| lacking(context, &config, process)).collect();
    if processes.is_empty() {
        mismatches.push(nobody(context));
    }
    mismatches.extend(wrong_port(context, &config));
    mismatches.extend(settled(|| wrong_program(context, &processes).into_iter().collect()));
    EnvAudit { processes: processes.len(), mismatches }
}

/// The gateway's config as it was rendered, if there is one.
fn rendered(context: &Context) -> Value {
    let output = context.profile.render.as_ref().and_then(|spec| context.expand(&spec.output).ok());
    let path = output.map(|output| context.paths.config_home.join(output));
    path.map(|path| config::read(&path)).unwrap_or_default()
}

/// What did not arrive in `process`, and still has not after a moment. One that is becoming another
/// program shows no environment, and one that has ended since proves nothing.
fn lacking(context: &Context, config: &Value, process: &Process) -> Vec<Mismatch> {
    let expected = [&context.environment, &context.gateway.environment];
    settled(|| {
        let now = process::find(process.pid).filter(|now| now.is(process) && now.is_live());
        let Some(now) = now.filter(|now| !now.is_becoming()) else { return Vec::new() };
        let actual = process::environment(now.pid);
        actual.map(|actual| differences(expected, config, &now, &actual)).unwrap_or_default()
    })
}

/// What the run set and the process does not have. A process of the gateway may have another value when
/// the profile says so for the gateway alone, and a server when its entry in the gateway's config does.
fn differences(
    [expected, of_gateway]: [&Environment; 2],
    config: &Value,
    process: &Process,
    actual: &[(String, String)],
) -> Vec<Mismatch> {
    let set = expected.iter().filter(|(_, v)| matches!(v.origin, Origin::Run | Origin::Profile));
    let found = |key: &str| actual.iter().find(|(known, _)| known == key).map(|(_, value)| value);
    let differs = set.filter(|(key, variable)| {
        let value = found(key);
        value != Some(&variable.value)
            && value.map(String::as_str) != of_gateway.get(key)
            && !value.is_some_and(|value| said(config, key, value))
    });
    differs
        .map(|(key, variable)| {
            let shown = |value: &str| if variable.secret { "***".into() } else { value.to_owned() };
            Mismatch {
                pid: process.pid,
                argv: process.argv.clone(),
                key: key.to_owned(),
                expected: shown(&variable.value),
                actual: found(key).map(|value| shown(value)),
            }
        })
        .collect()
}

/// Whether some server's entry sets `key` to `value`.
fn said(config: &Value, key: &str, value: &str) -> bool {
    let servers = config["mcpServers"].as_object().into_iter().flat_map(|servers| servers.values());
    servers.into_iter().any(|server| server["env"][key] == value)
}

/// A stack that runs has processes that carry the run's id; otherwise nobody could end them.
fn nobody(context: &Context) -> Mismatch {
    let (key, expected) = (process::RUN_ID.to_owned(), context.run.id.clone());
    Mismatch { pid: 0, argv: Vec::new(), key, expected, actual: None }
}

fn wrong_port(context: &Context, config: &Value) -> Option<Mismatch> {
    let address = config["mcpProxy"]["addr"].as_str()?;
    let expected = format!(":{}", context.run.port);
    (!address.ends_with(&expected)).then(|| Mismatch {
        pid: 0,
        argv: Vec::new(),
        key: "mcpProxy.addr".into(),
        expected,
        actual: Some(address.to_owned()),
    })
}

/// One of the run's processes must run the program that was built for it.
fn wrong_program(context: &Context, processes: &[Process]) -> Option<Mismatch> {
    let expected = context.gateway.program.as_ref()?.canonicalize_utf8().ok()?;
    let programs: Vec<String> =
        processes.iter().filter_map(|process| process::program(process.pid)).collect();
    let first = processes.first()?;
    (!programs.is_empty() && !programs.iter().any(|program| *program == expected)).then(|| {
        Mismatch {
            pid: first.pid,
            argv: first.argv.clone(),
            key: "program".into(),
            expected: expected.to_string(),
            actual: programs.first().cloned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_did_not_arrive_is_named_unless_the_config_says_so() {
        let mut expected = Environment::default();
        expected.set("PORT", "1", Origin::Run);
        expected.set("HOME_OF", "a", Origin::Profile);
        expected.set("API_KEY", "secret", Origin::Run);
        expected.set("PATH", "/bin", Origin::Inherited);
        let process = process::find(std::process::id() as i32).unwrap();
        let config = json!({"mcpServers": {"s": {"env": {"HOME_OF": "b"}}}});
        let actual =
            [("PORT", "2"), ("HOME_OF", "b"), ("PATH", "/x")].map(|(k, v)| (k.into(), v.into()));
        let found = differences([&expected, &expected], &config, &process, &actual);
        let shown: Vec<_> = found
            .iter()
            .map(|m| (m.key.as_str(), m.expected.as_str(), m.actual.as_deref()))
            .collect();
        assert_eq!(shown, [("API_KEY", "***", None), ("PORT", "1", Some("2"))]);
    }
}
