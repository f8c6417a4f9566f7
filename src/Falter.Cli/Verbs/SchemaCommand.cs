using System.CommandLine;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter schema</c>: the JSON Schema of experiment files.</summary>
internal static class SchemaCommand
{
    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Verb("schema", "Print the JSON Schema of experiment files, for editors and other tools")
        {
            Details = "Draft 2020-12. What names something that is not there, and what contradicts itself, only `falter run --dry-run` tells.",
            Example = "falter schema > experiment.schema.json",
        };
        verb.SetAction(_ =>
        {
            Console.Out.Write(ExperimentSchema.Render());
            return (int)ExitCode.Held;
        });
        return verb;
    }
}
