//! Registries, which installers ask and which may be out of reach.

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::{Environment, Origin};

use crate::step::Step;

/// What npm, yarn, bun, pip, uv, poetry, cargo and Go say when they cannot reach their registry. They have no exit
/// status for it, so that their words are all the evidence there is.
const OUT_OF_REACH: [&str; 21] = [
    "ENOTFOUND",
    "ECONNREFUSED",
    "ECONNRESET",
    "EAI_AGAIN",
    "ETIMEDOUT",
    "ENETUNREACH",
    "ENOTCACHED",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Failed to establish a new connection",
    "NewConnectionError",
    "ConnectTimeoutError",
    "Network is unreachable",
    "dns error",
    "no such host",
    "Could not resolve host",
    "client error (Connect)",
    "tcp connect error",
    "ConnectionRefused",
    "trouble with your network connection",
    "All attempts to connect to",
];

/// `environment` for an installer: it does not ask questions, and gives up on a registry that is
/// out of reach before the step's deadline does. What is set already counts.
pub fn impatient(environment: &Environment) -> Environment {
    const DEFAULTS: [(&str, &str); 10] = [
        ("npm_config_fetch_retries", "1"),
        ("npm_config_fetch_retry_mintimeout", "1000"),
        ("npm_config_fetch_retry_maxtimeout", "5000"),
        ("npm_config_update_notifier", "false"),
        ("PIP_RETRIES", "1"),
        ("PIP_DEFAULT_TIMEOUT", "20"),
        ("PIP_NO_INPUT", "1"),
        ("UV_HTTP_RETRIES", "1"),
        ("UV_HTTP_TIMEOUT", "20"),
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    ];
    let mut environment = environment.clone();
    for (key, value) in DEFAULTS {
        if environment.get(key).is_none() {
            environment.set(key, value, Origin::Run);
        }
    }
    environment
}

/// Runs the command of an installer or of a build, which must succeed.
///
/// # Errors
/// As [`Step::check`], and `registry-unreachable` where its last lines say that it is so.
pub fn check(
    step: &Step,
    argv: &[String],
    cwd: &Utf8Path,
    environment: &Environment,
    code: Code,
) -> Result<(), Cause> {
    match step.run(argv, cwd, environment, code) {
        Ok(ran) if ran.success => Ok(()),
        Ok(ran) => {
            let cause = step.failed(argv, &ran, code);
            Err(name_the_network(cause, &ran.printed.last))
        }
        Err(cause) => {
            let last = cause.evidence.clone();
            Err(name_the_network(cause, &last))
        }
    }
}

/// The same cause, or `registry-unreachable` when the command's `last` lines say that it is so.
fn name_the_network(cause: Cause, last: &[String]) -> Cause {
    let says = |line: &&String| OUT_OF_REACH.iter().any(|words| line.contains(words));
    let ended_by_itself = matches!(cause.code, Code::SetupFailed | Code::BuildFailed);
    let waited = matches!(cause.code, Code::Deadline | Code::NoProgress);
    let Some(line) = last.iter().find(says) else { return cause };
    if !ended_by_itself && !waited {
        return cause;
    }
    let summary = format!("{}: a registry cannot be reached: {}", cause.summary, line.trim());
    let next = "look at the network, at proxy variables, and at the registry that the command uses";
    let named = Cause::new(Code::RegistryUnreachable, summary, next).evidence(cause.evidence);
    if waited { named.timed_out() } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(code: Code, line: &str) -> Cause {
        name_the_network(Cause::new(code, "`npm ci` failed", ""), &[line.to_owned()])
    }

    #[test]
    fn an_installer_that_reaches_nobody_is_told_from_one_that_fails() {
        let line = "npm error code ECONNREFUSED";
        assert_eq!(named(Code::SetupFailed, line).code, Code::RegistryUnreachable);
        let late = named(Code::Deadline, line);
        assert_eq!((late.code, late.exit_code()), (Code::RegistryUnreachable, 3));
        assert_eq!(named(Code::SetupFailed, "npm error 404").code, Code::SetupFailed);
        assert_eq!(named(Code::Interrupted, line).code, Code::Interrupted);
        let of_go =
            "config.go:13:2: x: dial tcp: lookup proxy.example on 10.0.0.1:53: no such host";
        assert_eq!(named(Code::BuildFailed, of_go).code, Code::RegistryUnreachable);
        let of_uv = "  cause: client error (Connect)";
        assert_eq!(named(Code::SetupFailed, of_uv).code, Code::RegistryUnreachable);
    }

    #[test]
    fn what_the_user_has_set_counts() {
        let mut environment = Environment::default();
        environment.set("PIP_RETRIES", "9", Origin::Inherited);
        let environment = impatient(&environment);
        assert_eq!(environment.get("PIP_RETRIES"), Some("9"));
        assert_eq!(environment.get("npm_config_fetch_retries"), Some("1"));
    }
}
