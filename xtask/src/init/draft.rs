//! The text of a first profile.

use serde_json::json;

use super::choice::Choice;
use super::config;
use super::hint::Variable;
use super::stand_in;
use super::transport::{Port, Spoken};

/// What a profile is made of.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What was found, in words.
    pub found: String,
    /// The file that `--from` names it by.
    pub from: String,
    /// What puts in place what is run, as tables of TOML, if that is known.
    pub setup: String,
    /// Whether that is done in the clone, and not in a copy.
    pub in_clone: bool,
    /// What is run, as tables of TOML.
    pub run: Run,
    /// What a person should know or do.
    pub notes: Vec<String>,
}

/// What is run.
#[derive(Clone, Debug)]
pub enum Run {
    /// A server of the repository.
    Server(Box<Server>),
    /// The servers that a client's list names, as tables of TOML.
    Listed(String),
}

/// A server, and what it gets.
#[derive(Clone, Debug)]
pub struct Server {
    /// The command.
    pub command: Vec<String>,
    /// How it is spoken to.
    pub spoken: Spoken,
    /// The variables that it wants.
    pub variables: Vec<Variable>,
    /// How it is built, as a table of TOML.
    pub build: String,
    /// Other ways to start it, each with the file that tells it.
    pub otherwise: Vec<(String, Vec<String>)>,
}

impl Default for Run {
    fn default() -> Self {
        Self::Listed(String::new())
    }
}

impl Draft {
    /// The draft for a server.
    pub fn of(choice: &Choice) -> Self {
        let package = &choice.package;
        let said = choice.said_by.iter().map(|file| format!("started as {file} says"));
        let is_built = package.install.starts_with("[gateway.build]");
        let (setup, build) =
            if is_built { ("", package.install.as_str()) } else { (package.install.as_str(), "") };
        let server = Server {
            command: choice.command.clone(),
            spoken: choice.spoken.clone(),
            variables: choice.variables.clone(),
            build: build.to_owned(),
            otherwise: choice.otherwise.clone(),
        };
        Self {
            found: package.found(),
            from: package.manifest.to_string(),
            setup: requires(&package.requires) + setup + &config(choice),
            in_clone: package.in_clone,
            notes: said
                .chain(choice.notes.iter().cloned())
                .chain(listening(&choice.spoken))
                .collect(),
            run: Run::Server(Box::new(server)),
        }
    }

    /// The whole profile, for a repository of this name, with the tools that must be listed.
    pub fn text(&self, name: &str, others: &[String], tools: &[String]) -> String {
        let mut text = format!("# A first profile, from {}.\n", one_line(&self.found));
        for line in self.notes.iter().chain(others) {
            text.push_str(&format!("# - {}\n", one_line(line)));
        }
        text.push_str(&format!("name = {}\n\n{}", json!(name), self.setup));
        let tools =
            if tools.is_empty() { String::new() } else { format!("tools = {}\n", json!(tools)) };
        match &self.run {
            Run::Server(server) => text + &server.gateway() + &tools + &server.after(),
            Run::Listed(tables) if tools.is_empty() => text + tables,
            Run::Listed(tables) => format!("{text}{tables}\n[gateway]\n{tools}"),
        }
    }
}

/// What writes the config of a gateway, if it is given one.
fn config(choice: &Choice) -> String {
    let values = choice.variables.iter().filter_map(|variable| variable.value.as_ref());
    let given = choice.command.iter().chain(values).any(|word| word == config::FILE);
    if given { config::written() } else { String::new() }
}

fn requires(programs: &[String]) -> String {
    let programs: Vec<&String> = programs.iter().filter(|program| *program != "sh").collect();
    if programs.is_empty() {
        String::new()
    } else {
        format!("[requires]\nprograms = {}\n\n", json!(programs))
    }
}

impl Server {
    fn gateway(&self) -> String {
        let command = json!(self.command);
        match &self.spoken {
            Spoken::Stdio => format!("[gateway]\ntransport = \"stdio\"\ncommand = {command}\n"),
            Spoken::Http { port, path } => {
                let port = match port {
                    Port::Fixed(port) => port.to_string(),
                    _ => "{{PROXY_PORT}}".to_owned(),
                };
                let url = format!("http://127.0.0.1:{port}{path}");
                format!("[gateway]\ncommand = {command}\nurl = {}\n", json!(url))
            }
        }
    }

    /// The build, and what the server has besides the run's variables: what stands in, and as comments what
    /// may be set.
    fn after(&self) -> String {
        let build = if self.build.is_empty() { String::new() } else { format!("\n{}", self.build) };
        let port = match &self.spoken {
            Spoken::Http { port: Port::Variable(name), .. } => {
                Some(format!("{name} = \"{{{{PROXY_PORT}}}}\"\n"))
            }
            Spoken::Http { port: Port::Unknown, .. } => {
                Some("PORT = \"{{PROXY_PORT}}\"\n".to_owned())
            }
            _ => None,
        };
        let line = |variable: &Variable| {
            let name = &variable.name;
            match (&variable.value, variable.is_required) {
                (Some(value), _) => format!("{name} = {}\n", json!(value)),
                (None, true) => {
                    format!("{name} = \"{{{{{name}:-{}}}}}\" # required\n", stand_in::of(name))
                }
                (None, false) => format!("# {name} = \"{{{{{name}}}}}\"\n"),
            }
        };
        let lines: Vec<String> = port.into_iter().chain(self.variables.iter().map(line)).collect();
        if lines.is_empty() {
            return build;
        }
        format!(
            "{build}\n# What it reads, by name: set a value in the environment that runs this, and take off the #.\n[gateway.env]\n{}",
            lines.concat()
        )
    }
}

fn listening(spoken: &Spoken) -> Option<String> {
    match spoken {
        Spoken::Http { port: Port::Unknown, .. } => {
            Some("it listens, and nothing says at which port: see that it takes PORT, or put {{PROXY_PORT}} on its command line".into())
        }
        Spoken::Http { port: Port::Fixed(port), .. } => {
            Some(format!("it always listens at {port}, so that no other run can go on beside it"))
        }
        _ => None,
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
