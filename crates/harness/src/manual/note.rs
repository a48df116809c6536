//! The notes for a person, in Markdown.

use anyhow::Result;
use smoke_agents::transcript::Author;
use smoke_mcp::endpoint::Endpoint;
use smoke_record::options::SupervisorKind;
use smoke_record::profile::{CallSpec, StageSpec};

use super::result::FILE;
use super::shell;
use crate::context::Context;
use crate::roles::gateway;

/// What a person is told about one stage.
pub fn of_stage(context: &Context, stage: &StageSpec) -> Result<String> {
    Ok(format!(
        "# Stage `{}` is yours\n\n{}\n{}\n## Go on\n\n```sh\ncargo xtask smoke --resume --workspace {}\n```\n",
        stage.name,
        about(context)?,
        steps(context, stage),
        shell(context.paths.workspace.as_str()),
    ))
}

/// What a person is told about all stages.
pub fn playbook(context: &Context) -> Result<String> {
    let stages: String = context
        .profile
        .stages
        .iter()
        .map(|stage| format!("## Stage `{}`\n\n{}\n", stage.name, steps(context, stage)))
        .collect();
    let workspace = &context.paths.workspace;
    Ok(format!(
        "# Playbook of run {}\n\n{}\n{stages}\n## Go on\n\nFill in `{workspace}/{FILE}` if you \
         want your remarks in the record, then:\n\n```sh\ncargo xtask smoke --resume --workspace {}\n```\n",
        context.run.id,
        about(context)?,
        shell(workspace.as_str()),
    ))
}

/// The prompt for a stage: the profile's own, or one that is made from the calls.
pub fn prompt(stage: &StageSpec) -> String {
    stage.prompt.clone().unwrap_or_else(|| prompt_for(&stage.calls))
}

/// The prompt that asks for these calls.
pub fn prompt_for(calls: &[CallSpec]) -> String {
    let mut text = "Use only the tools of the MCP server; run no shell command and edit no file. \
                    Make these calls in this order, each once:\n"
        .to_owned();
    for (number, call) in calls.iter().enumerate() {
        text.push_str(&format!("{}. `{}` with {}\n", number + 1, call.tool, call.arguments));
    }
    text.push_str("Then say \"done\".");
    text
}

const STACK_IS_UP: &str = "The stack is up under its supervisor, and stays up until you go on or \
                           end it. Any MCP client will do";
const SERVER_IS_THERE: &str =
    "The server is installed; an MCP client starts it. Any that can will do";

fn about(context: &Context) -> Result<String> {
    let endpoint = gateway::endpoint(context).map_err(|cause| anyhow::anyhow!(cause.summary))?;
    let paths = &context.paths;
    let (ready, gateway) = match &endpoint {
        Endpoint::Http { url, .. } => (STACK_IS_UP, format!("gateway (streamable HTTP) | `{url}`")),
        Endpoint::Stdio(program) => {
            (SERVER_IS_THERE, format!("server (stdio) | `{}`", program.argv.join(" ")))
        }
    };
    let record = match context.call_log() {
        Some(path) => format!("; the gateway records what you call in `{path}`."),
        None => "; what it did must be left as a transcript.".to_owned(),
    };
    let pm2 = match context.options.roles.supervisor {
        SupervisorKind::Pm2 => format!("| `PM2_HOME` | `{}` |\n", paths.pm2_home),
        SupervisorKind::Embedded => String::new(),
    };
    Ok(format!(
        "{ready}{record}\n\n\
         | what | where |\n| --- | --- |\n\
         | {gateway} |\n{pm2}\
         | clone | `{}` |\n| config home | `{}` |\n| codex home | `{}` |\n| run folder | `{}` |\n",
        paths.clone,
        paths.config_home,
        paths.codex_home,
        context.folder.path(),
    ))
}

fn steps(context: &Context, stage: &StageSpec) -> String {
    let prompt = prompt(stage);
    let transcript = context.paths.transcripts.join(format!("{}.jsonl", stage.name));
    let codex = context.options.parts.codex_cli.as_ref().map_or("codex", |path| path.as_str());
    let command = format!(
        "export CODEX_HOME={} STELAE_DIR={} STELAE_CONFIG_HOME={}\n\
         {} exec --json --skip-git-repo-check -s read-only -C {} {} </dev/null >{}",
        shell(context.paths.codex_home.as_str()),
        shell(context.paths.clone.as_str()),
        shell(context.paths.config_home.as_str()),
        shell(codex),
        shell(context.paths.client_repo.as_str()),
        shell(&prompt),
        shell(transcript.as_str()),
    );
    format!(
        "### Prompt\n\n```text\n{prompt}\n```\n\n### With Codex\n\n```sh\n{command}\n```\n\n\
         ### Transcript\n\nThe lines as an agent prints them, at `{transcript}`. Any of these will do:\n\n\
         {}\n",
        printed(),
    )
}

/// How a transcript is printed, a line for each agent.
fn printed() -> String {
    let forms = smoke_agents::FORMS.iter().filter(|form| !form.author.command.is_empty());
    let line = |Author { title, command, .. }| format!("- {title}: `{command}`\n");
    forms.map(|form| line(form.author)).collect()
}
