//! A job of the matrix.

use serde::Serialize;
use smoke_agents::agent::CODEX;
use smoke_record::options::{Cast, Choice, ModelKind, Roles};
use smoke_record::profile::Profile;

/// What `--only` can name.
pub const AXES: [&str; 6] = ["profile", "gateway", "supervisor", "agent", "codex", "os"];

/// A job of the matrix. What is empty is left to the profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Job {
    /// A name for people, and for artifacts: letters, digits, dots and dashes.
    pub name: String,
    /// What `--profile` is given; empty for the source's own.
    pub profile: String,
    /// What `--proxy-source` is given; empty where the profile says it, or has no such gateway.
    pub gateway: String,
    /// What keeps the gateway running.
    pub supervisor: String,
    /// Who makes the stages' calls.
    pub agent: String,
    /// Who answers the Codex CLI: a CI system has nobody's login.
    pub model: String,
    /// The version of the Codex CLI; empty for jobs without it.
    pub codex: String,
    /// The runner.
    pub os: String,
}

impl Job {
    /// The value of an axis.
    pub fn get(&self, axis: &str) -> &str {
        match axis {
            "profile" => &self.profile,
            "gateway" => &self.gateway,
            "supervisor" => &self.supervisor,
            "agent" => &self.agent,
            "codex" => &self.codex,
            _ => &self.os,
        }
    }
}

/// The jobs of `profile`, which `--profile` finds by `name`.
pub fn of(name: &str, profile: &Profile) -> Vec<Job> {
    let ci = &profile.ci;
    let or = |words: &[String], usual: &str| match words {
        [] => vec![usual.to_owned()],
        words => words.to_vec(),
    };
    let usual = Roles::decide(Cast::default(), profile.roles);
    let supervisors = kinds(&ci.supervisor, usual.supervisor);
    let agents = kinds(&ci.agent, usual.agent);
    let mut jobs = Vec::new();
    for os in or(&ci.os, "ubuntu-latest") {
        for gateway in or(&ci.gateway, "") {
            for supervisor in &supervisors {
                for agent in &agents {
                    let codex = **agent == CODEX;
                    for codex in if codex { or(&ci.codex, "latest") } else { vec![String::new()] } {
                        let who = [supervisor.name(), agent.name].map(str::to_owned);
                        jobs.push(job(name, profile, [&os, &gateway, &who[0], &who[1], &codex]));
                    }
                }
            }
        }
    }
    jobs
}

fn job(name: &str, profile: &Profile, axes: [&String; 5]) -> Job {
    let [os, gateway, supervisor, agent, codex] = axes.map(Clone::clone);
    let model = if codex.is_empty() { "" } else { ModelKind::Scripted.name() }.to_owned();
    let parts = [&profile.name, &gateway, &supervisor, &agent, &codex, &os];
    let parts: Vec<String> =
        parts.into_iter().filter(|part| !part.is_empty()).map(|part| plain(part)).collect();
    let (name, profile) = (parts.join("-"), name.to_owned());
    Job { name, profile, gateway, supervisor, agent, model, codex, os }
}

/// Names of artifacts have no slashes, colons or spaces.
fn plain(text: &str) -> String {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    text.chars().map(|c| if fine(c) { c } else { '-' }).collect()
}

fn kinds<T: Copy>(axis: &[T], usual: T) -> Vec<T> {
    if axis.is_empty() { vec![usual] } else { axis.to_vec() }
}

#[cfg(test)]
mod tests {
    use smoke_record::profile;

    use super::*;

    fn jobs(ci: &str) -> Vec<Job> {
        let text = format!("name = \"p\"\n[gateway]\ncommand = [\"x\"]\n{ci}");
        of("", &profile::read("smoke.toml".into(), &text).unwrap())
    }

    #[test]
    fn without_axes_there_is_one_job() {
        let one = jobs("");
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].name, "p-embedded-scripted-ubuntu-latest");
    }

    #[test]
    fn versions_of_codex_are_for_jobs_with_codex_only() {
        let ci = "[ci]\nagent = [\"scripted\", \"codex\"]\ncodex = [\"0.58.0\", \"0.169.0\"]\n\
                  supervisor = [\"embedded\", \"pm2\"]\n";
        let all = jobs(ci);
        assert_eq!(all.len(), 6);
        let scripted = all.iter().filter(|job| job.agent == "scripted");
        assert!(scripted.clone().count() == 2 && scripted.clone().all(|job| job.codex.is_empty()));
        assert!(all.iter().filter(|job| job.agent == "codex").all(|job| job.model == "scripted"));
        let mut names: Vec<_> = all.iter().map(|job| &job.name).collect();
        names.dedup();
        assert_eq!(names.len(), 6);
    }

    #[test]
    fn what_a_shell_would_act_on_is_refused_with_its_line() {
        let text = "[gateway]\ncommand = [\"x\"]\n[ci]\nos = [\"$(rm -rf /)\"]\n";
        let error = profile::read("smoke.toml".into(), text).unwrap_err().to_string();
        assert!(error.starts_with("smoke.toml:4:1: `$(rm -rf /)` cannot be a word"), "{error}");
    }
}
