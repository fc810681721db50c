//! An explanation as one JSON object.

use super::Explained;
use crate::inspection::explanation;

pub(super) fn text(explained: &Explained<'_>) -> Result<String, String> {
    let object = explanation::object(&explanation::Explained {
        call: &explained.call,
        asker: &explained.asker.line,
        whole_request: explained.whole_request,
        sources: &explained.loaded.read.sources,
        explanation: &explained.explanation,
    });
    let text = serde_json::to_string_pretty(&object).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}
