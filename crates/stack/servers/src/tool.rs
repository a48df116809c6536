//! One tool as an MCP server: what all servers here share.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities,
    ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer, serve_server};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A tool: what it is, and what it does when it is called.
pub trait OneTool: Send + Sync + 'static {
    /// How it is listed.
    fn describe(&self) -> Tool;

    /// Does the work; may block.
    ///
    /// # Errors
    /// A sentence for the caller, who sees it as a failed result.
    fn call(&self, arguments: JsonObject) -> Result<Answer, String>;
}

/// What a tool answers: for a reader, and for a program.
#[derive(Debug)]
pub struct Answer {
    /// For a reader.
    pub text: String,
    /// For a program; an object, as the tool's output schema says.
    pub structured: Value,
}

/// The hints that a tool gives about itself.
pub struct Hints {
    /// What it is called for people.
    pub title: &'static str,
    /// It changes nothing.
    pub read_only: bool,
    /// It may remove something.
    pub destructive: bool,
    /// The same call twice does no more than once.
    pub idempotent: bool,
}

/// A tool from its parts. None of these reaches beyond this machine.
pub fn tool(
    name: &'static str,
    text: &'static str,
    hints: Hints,
    input: Value,
    output: Value,
) -> Tool {
    let annotations = ToolAnnotations::with_title(hints.title)
        .read_only(hints.read_only)
        .destructive(hints.destructive)
        .idempotent(hints.idempotent)
        .open_world(false);
    Tool::new(name, text, object(input))
        .with_title(hints.title)
        .with_raw_output_schema(object(output).into())
        .with_annotations(annotations)
}

/// The arguments of a call as a type.
///
/// # Errors
/// What is wrong with them, by name.
pub fn arguments<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, String> {
    serde_json::from_value(Value::Object(arguments)).map_err(|e| format!("wrong arguments: {e}"))
}

/// Serves a tool over stdin and stdout until stdin ends. SIGTERM ends the process at once, which
/// is right for a server that holds nothing.
///
/// # Errors
/// A client that does not speak the protocol.
pub fn serve(tool: Arc<dyn OneTool>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let handler = Handler { tool };
    runtime.block_on(async {
        let service = serve_server(handler, rmcp::transport::stdio_pipes()).await;
        match service {
            Ok(service) => service.waiting().await.map(drop).context("serve over stdin and stdout"),
            // A client that only looked: stdin ended before it said anything.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(error).context("initialize over stdin and stdout"),
        }
    })?;
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Of any tool: what the SDK compiles for a handler, it compiles once.
struct Handler {
    tool: Arc<dyn OneTool>,
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        let itself = Implementation::new(self.tool.describe().name, env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities).with_server_info(itself)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(vec![self.tool.describe()]))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if request.name != self.tool.describe().name {
            let why = format!("Unknown tool: {}", request.name);
            return Err(ErrorData::invalid_params(why, None));
        }
        let tool = self.tool.clone();
        let arguments = request.arguments.unwrap_or_default();
        let answer = tokio::task::spawn_blocking(move || tool.call(arguments))
            .await
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        Ok(CallToolResponse::from(result(answer)))
    }
}

fn result(answer: Result<Answer, String>) -> CallToolResult {
    match answer {
        Ok(answer) => {
            // Some agents show their models the one, and some the other.
            let whole = ContentBlock::text(answer.structured.to_string());
            let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text), whole]);
            result.structured_content = Some(answer.structured);
            result
        }
        Err(why) => CallToolResult::error(vec![ContentBlock::text(why)]),
    }
}

/// The object that a literal is; anything else is an empty one.
fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        _ => JsonObject::new(),
    }
}
