//! Tests of projects in Python.

use smoke_record::profile::Transport;

use super::made;

#[test]
fn a_python_project_runs_the_script_that_is_called_as_it_is() {
    let project = "[project]\nname = \"mine\"\ndependencies = [\"mcp[cli]>=1.2\"]\n\
                   [project.scripts]\nother = \"a:b\"\nmine = \"a:c\"\n";
    let (profile, _) = made(&[("pyproject.toml", project), ("src/a.py", "")]).unwrap();
    assert_eq!(profile.setup[0].inputs, ["pyproject.toml", "src"]);
    assert_eq!(profile.gateway.command, ["{{SMOKE_SETUP_PYTHON}}/venv/bin/mine"]);
}

#[test]
fn a_file_with_requirements_beside_it_is_run() {
    let files =
        [("requirements.txt", "# x\nfastmcp==2.1\n"), ("server.py", "from fastmcp import FastMCP")];
    let (profile, _) = made(&files).unwrap();
    assert_eq!(profile.gateway.command[1], "server.py");
    assert_eq!(profile.setup[0].inputs, ["requirements.txt"]);
}

#[test]
fn a_python_project_is_installed_by_its_lock_file() {
    let project = "[project]\nname = \"mine\"\ndependencies = [\"mcp\"]\n\
                   [project.scripts]\nmine = \"a:c\"\n[build-system]\nrequires = [\"hatch-vcs\"]\n";
    for (lock, expected) in [
        ("uv.lock", "uv sync --frozen --no-dev --python {{PYTHON}} --project ."),
        ("poetry.lock", "poetry install --only main --project ."),
    ] {
        let (profile, text) = made(&[("pyproject.toml", project), (lock, "")]).unwrap();
        let script = &profile.setup[0].command[2];
        assert!(script.ends_with(expected), "{script}");
        assert!(script.starts_with("export SETUPTOOLS_SCM_PRETEND_VERSION=0 && "), "{script}");
        assert_eq!(profile.gateway.command, ["{{SMOKE_SETUP_PYTHON}}/.venv/bin/mine"]);
        assert!(!text.contains("pinned"), "{text}");
    }
    let (profile, _) = made(&[("p/pyproject.toml", project), ("uv.lock", "")]).unwrap();
    let script = &profile.setup[0].command[2];
    assert!(script.ends_with("--python {{PYTHON}} --package mine --project ."), "{script}");
}

#[test]
fn a_python_file_that_only_makes_a_server_is_run_by_the_sdks_tool() {
    let makes = "from fastmcp import FastMCP\nmcp = FastMCP('a')\n";
    let (profile, text) =
        made(&[("requirements.txt", "fastmcp==2.1\n"), ("tools/server.py", makes)]).unwrap();
    let expected = ["{{SMOKE_SETUP_PYTHON}}/venv/bin/fastmcp", "run", "tools/server.py"];
    assert_eq!(profile.gateway.command, expected, "{text}");
    let runs =
        format!("{makes}if __name__ == '__main__':\n    mcp.run(transport=\"streamable-http\")\n");
    let (profile, _) =
        made(&[("requirements.txt", "fastmcp==2.1\n"), ("server.py", &runs)]).unwrap();
    assert_eq!(profile.gateway.transport, Transport::Http);
    assert_eq!(profile.gateway.env[0].0, "FASTMCP_PORT");
}
