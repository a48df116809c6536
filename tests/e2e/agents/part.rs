//! The agents, and runs with them.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_tests::tiny::{small, tiny};
use smoke_tests::{Finished, Running, Sandbox, executable, npm, sandbox, skipped, wait};

/// An agent, and in what it differs from the others.
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// Its program, installed by the lock file of the part of its name.
    pub program: &'static str,
    /// What takes the approval away: a script for `sed`, for its arguments and the files in its home. None for
    /// one that asks nobody.
    pub unapprove: Option<&'static str>,
    /// Whether a schema that is none costs it the good tools as well.
    pub loses_all: bool,
    /// Which of `dup-name`, `dup_name` and `dup.name` cannot be called, or become a call of another.
    pub confuses: &'static [&'static str],
}

impl Part {
    /// The program; none, and a word about it, on a machine that cannot have it.
    pub fn installed(&self) -> Option<Utf8PathBuf> {
        let installed = npm::install_with_scripts(self.name, self.program);
        installed.inspect_err(|why| skipped(why)).ok()
    }

    /// Starts a run of a small gateway with these `tools` and `stages`.
    pub fn start(
        &self,
        sandbox: &mut Sandbox,
        program: &Utf8Path,
        tools: &[&str],
        stages: &str,
    ) -> Running {
        sandbox.allow(4 * wait::BOUND);
        let source = tiny(sandbox, &format!("{}{stages}", small(tools)), &[]);
        let port = sandbox::port().to_string();
        sandbox.start(&[
            "smoke",
            "--source",
            source.path().as_str(),
            "--port",
            &port,
            "--agent",
            self.name,
            "--agent-cli",
            program.as_str(),
        ])
    }

    /// The same, to its end.
    pub fn run(&self, tools: &[&str], stages: &str) -> Option<Finished> {
        let program = self.installed()?;
        Some(self.start(&mut Sandbox::new(), &program, tools, stages).finish())
    }

    /// The same with a program that changes what it is told before it starts the agent.
    pub fn run_changed(&self, sed: &str, tools: &[&str], stages: &str) -> Option<Finished> {
        let program = self.installed()?;
        let mut sandbox = Sandbox::new();
        let path = sandbox.path().join("changed agent");
        let text = format!(
            "#!/bin/sh\ncase \"$HOME\" in */agent-homes/*) find \"$HOME\" -name '*.json' -type f \
             -exec sed -i '{sed}' {{}} + ;; esac\n\
             n=$#; while [ $n -gt 0 ]; do a=$(printf '%s' \"$1\" | sed '{sed}'); shift; \
             set -- \"$@\" \"$a\"; n=$((n - 1)); done\nexec {program} \"$@\"\n"
        );
        executable(&path, &text);
        Some(self.start(&mut sandbox, &path, tools, stages).finish())
    }
}
