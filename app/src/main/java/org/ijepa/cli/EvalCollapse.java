package org.ijepa.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.ijepa.collapse.CollapseMeasures;
import org.ijepa.collapse.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The collapse monitor's measures. */
@Command(
    name = "collapse",
    description = {
      "Measures whether the encoder still tells images apart.",
      "As pretraining does every evaluation.collapse.every-steps steps; and says so in a word: normal,",
      "watch or collapsing."
    },
    footerHeading = "%nExample:%n",
    footer = "  ijepa eval collapse --checkpoint runs/a/checkpoints --data data/test")
final class EvalCollapse extends EvalProbe {
  @Option(names = "--data", paramLabel = "URI", required = true, description = "Images.")
  private String data;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "256",
      description = "How many of them are looked at, chosen by the seed.")
  private int images;

  @Override
  Result judge(FrozenEncoder frozen) {
    require(images >= 2, "--images " + images, "give 2 or more");
    CollapseMeasures measures = frozen.collapse(data, images, seed(), encoder());
    Verdict verdict = Verdict.of(measures);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("probe", "collapse");
    json.put("seed", seed());
    json.put("data", data);
    json.put("word", verdict.word());
    ArrayNode reasons = json.putArray("reasons");
    verdict.reasons().forEach(reasons::add);
    measures
        .numbers()
        .forEach((name, value) -> json.put(name, Double.isFinite(value) ? value : null));
    return new Result(measures.table() + verdict.line(), json);
  }
}
