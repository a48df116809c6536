//! `[env]`: the variables of a run's processes.

use anyhow::Result;

use super::table::Table;

/// Reads `[env]`.
///
/// # Errors
/// A value is no string, or a name is the run's own.
pub fn read(table: Table) -> Result<Vec<(String, String)>> {
    let variables = table.pairs()?;
    for (name, value) in &variables {
        if let Some(fault) = fault(name, value) {
            return Err(table.error(name, &format!("[env] {}: {fault}", name.escape_debug())));
        }
    }
    table.finish()?;
    Ok(variables)
}

fn fault(name: &str, value: &str) -> Option<&'static str> {
    if name.starts_with("SMOKE_") {
        Some("a name that starts with SMOKE_ is the run's own")
    } else if name == "PROXY_PORT" {
        Some(
            "a run leases its port, and others are told of it; give a variable of the stack's own this \
             one, as in PORT = \"{{PROXY_PORT}}\", or choose the port with --port",
        )
    } else if name.is_empty() || name.contains(['=', '\0']) {
        Some("no variable can have this name")
    } else if value.contains('\0') {
        Some("its value has a NUL")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use crate::profile::read;

    #[test]
    fn what_is_the_runs_own_is_named_with_its_line() {
        let text = |line: &str| format!("[gateway]\ncommand = ['x']\n[env]\nFINE = '1'\n{line}\n");
        assert!(read(Utf8Path::new("smoke.toml"), &text("A = '{{B}}'")).is_ok());
        for (line, fault) in [
            ("SMOKE_X = ''", "SMOKE_X: a name that starts with SMOKE_"),
            ("PROXY_PORT = '80'", "PROXY_PORT: a run leases its port"),
            ("'' = '1'", ": no variable can have this name"),
            ("'A=B' = '1'", "A=B: no variable can have this name"),
            ("A = \"\\u0000\"", "A: its value has a NUL"),
        ] {
            let error = read(Utf8Path::new("smoke.toml"), &text(line)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("smoke.toml:5:1: [env] {fault}")), "{error}");
        }
    }
}
