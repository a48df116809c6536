//! Tests of what all recipes have in common.

use smoke_core::environment::{Environment, Origin};
use smoke_mcp::endpoint::Endpoint;

use crate::recipe::{Access, Installation, Model, Wanted};
use crate::recipes::ALL;
use crate::{FORMS, agent};

fn installation(program: &str) -> Installation {
    let argv = vec![program.to_owned()];
    Installation {
        argv,
        version: "1.0.0".into(),
        options: Default::default(),
        features: Default::default(),
    }
}

#[test]
fn every_agent_but_the_scripted_one_has_a_recipe_and_a_form() {
    let names = |all: Vec<&str>| all.join(" ");
    let agents = agent::ALL.iter().filter(|agent| agent.program.is_some());
    let agents = names(agents.map(|agent| agent.name).collect());
    assert_eq!(names(ALL.iter().map(|recipe| recipe.agent.name).collect()), agents);
    for recipe in ALL {
        assert_eq!(recipe.form.author.name, recipe.agent.name);
        assert!(FORMS.iter().any(|form| form.author.name == recipe.agent.name));
        assert_eq!(Some(recipe.program), recipe.agent.program);
    }
}

/// The address and the token of the stack reach every agent, and stand on no command line.
#[test]
fn every_agent_is_told_of_the_stack_and_no_secret_is_on_its_command_line() {
    let headers = vec![("Authorization".to_owned(), "Bearer moon-4711".to_owned())];
    let endpoint = Endpoint::Http { url: "http://127.0.0.1:9/mcp".into(), headers };
    for recipe in ALL {
        let wanted = Wanted {
            home: "/home".into(),
            folder: "/folder".into(),
            prompt: "- call it",
            server: "my-stack",
            endpoint: &endpoint,
            stateless: false,
            tool_timeout_s: 60,
            model: Model::Scripted(Access { address: "http://127.0.0.1:7/s", key: "key-4712" }),
        };
        let prepared = (recipe.prepare)(&installation(recipe.program), &wanted);
        let files: String = prepared.files.iter().map(|(_, text)| text.as_str()).collect();
        let values: String = prepared.variables.iter().map(|(_, value)| value.as_str()).collect();
        let line = prepared.argv.join(" ");
        let told = format!("{files} {values} {line}");
        for part in ["http://127.0.0.1:9/mcp", "my-stack", "http://127.0.0.1:7/s", "key-4712"] {
            assert!(told.contains(part), "{}: {part} in {told}", recipe.agent.name);
        }
        assert!(told.contains("moon-4711"), "{}", recipe.agent.name);
        assert!(!line.contains("moon-4711") && !line.contains("key-4712"), "{line}");
        assert!(prepared.files.iter().all(|(path, _)| path.is_relative()));
        assert!(line.ends_with("- call it"), "{line}");
    }
}

#[test]
fn nothing_of_the_developers_own_gets_to_an_agent() {
    let mut environment = Environment::default();
    for (key, value) in [("HOME", "/dev"), ("ANTHROPIC_API_KEY", "k"), ("PATH", "/bin")] {
        environment.set(key, value, Origin::Inherited);
    }
    let own = crate::claude_code::RECIPE.environment(&environment, "/run/home".into());
    assert_eq!((own.get("HOME"), own.get("PATH")), (Some("/run/home"), Some("/bin")));
    assert_eq!(own.get("ANTHROPIC_API_KEY"), None);
    assert_eq!(own.get("XDG_CACHE_HOME"), Some("/run/home/.cache"));
    // The home of Codex is one variable, and its own servers need the developer's.
    assert_eq!(
        crate::codex::RECIPE.environment(&environment, "/x".into()).get("HOME"),
        Some("/dev")
    );
}
