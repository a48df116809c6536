//! The environment of a run's children, as the run record keeps it.

use std::collections::BTreeMap;

use smoke_core::environment::{Environment, Origin, Variable};
use smoke_core::text::fingerprint;
use smoke_core::text::legible::cut;

/// What stands for a secret.
const SECRET: &str = "***";
/// The longest value that is kept, in characters.
const LONGEST: usize = 2_000;
/// Inherited variables whose values explain much and are nobody's secret.
const PLAIN: [&str; 8] = ["PATH", "LANG", "LC_ALL", "TZ", "HOME", "SHELL", "CI", "RUSTFLAGS"];

/// Every variable. The values that the run and its profile set are kept; of what was inherited, which
/// may be anything, there is a fingerprint, and of secrets nothing.
pub fn recorded(environment: &Environment) -> BTreeMap<String, String> {
    environment.iter().map(|(key, variable)| (key.to_owned(), shown(key, variable))).collect()
}

fn shown(key: &str, variable: &Variable) -> String {
    match variable.origin {
        _ if variable.secret => SECRET.to_owned(),
        Origin::Inherited if !PLAIN.contains(&key) => fingerprint::of(&variable.value),
        _ => cut(&variable.value, LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_the_run_sets_and_neither_secrets_nor_strange_values() {
        let mut environment = Environment::default();
        environment.set("PORT", "1", Origin::Run);
        environment.set("API_KEY", "abc-def-ghi", Origin::Profile);
        environment.set("PATH", "/bin", Origin::Inherited);
        environment.set("OTHER", "abc-def-ghi", Origin::Inherited);
        let recorded = recorded(&environment);
        let shown: Vec<&str> = recorded.values().map(String::as_str).collect();
        assert_eq!(shown[..3], ["***", &fingerprint::of("abc-def-ghi"), "/bin"]);
        assert_eq!(recorded["PORT"], "1");
    }
}
