using System.CommandLine;
using Falter.Experiment;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary>The models of a file as fault rules: <c>inject --models FILE</c>.</summary>
internal sealed class ModelRules
{
    private readonly Option<string?> _file = OptionTypes.File("--models", "Inject the models of this file, which `falter models -o models.yaml` writes, each with its calibrated probability");
    private readonly Option<string[]> _only = new("--model") { Description = "With --models: only this one; may be given several times", HelpName = "SYSCALL:ERRNO", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _process = new("--model-process") { Description = "With --models: only the models of this process", HelpName = "NAME" };
    private readonly Option<bool> _weak = new("--weak") { Description = "With --models: weak ones, too" };

    public ModelRules(Verb verb)
    {
        foreach (Option option in (Option[])[_file, _only, _process, _weak]) verb.Options.Add(option);
    }

    /// <summary>The rules; null where --models is not given. What is left out is told on standard error.</summary>
    /// <exception cref="FalterException"><c>models-not-readable</c>; <c>bad-option</c>: no such model, or nothing remains.</exception>
    public IReadOnlyList<SyscallFault>? Read(ParseResult parsed)
    {
        if (parsed.GetValue(_file) is not { } file)
        {
            Option? stray = ((Option[])[_only, _process, _weak]).FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
            return stray is null ? null : throw FalterException.Usage("bad-option", $"{stray.Name}: only with --models; expected for example --models models.yaml");
        }
        var leftOut = new List<string>();
        (IReadOnlyList<ErrorModel> injectable, IReadOnlyList<ErrorModel> untouchable) = ModelSelection.Injectable(Chosen(parsed, file));
        foreach (ErrorModel model in untouchable) leftOut.Add($"{Shown(model)}: no mechanism can fail this call");
        List<SyscallFault> rules = Rules(injectable, parsed.GetValue(_weak), leftOut);
        foreach (string reason in leftOut) WindowSource.Talk(Finding.Limits("model-not-injected", reason));
        return rules.Count > 0 ? rules : throw FalterException.Usage("bad-option", $"--models {file}: no model remains to be injected");
    }

    private static List<SyscallFault> Rules(IReadOnlyList<ErrorModel> models, bool weak, List<string> leftOut)
    {
        leftOut.AddRange(models.Where(m => m.Weak && !weak).Select(m => $"{Shown(m)} is weak; --weak takes it"));
        return
        [
            .. ModelFaults.Together([.. models.Where(m => weak || !m.Weak)], (model, why) =>
                leftOut.Add($"{Shown(model)}: {why}{(ModelFaults.ProbabilityOf(model) > 0 ? $"; --model {model.Name} takes it alone" : "")}")).Select(r => r.Rule),
        ];
    }

    private List<ErrorModel> Chosen(ParseResult parsed, string file)
    {
        IReadOnlyList<ErrorModel> models = ModelsFile.Read(file).Models;
        if (models.Count == 0) throw FalterException.Usage("bad-option", $"--models {file}: it holds no model");
        var mistakes = new List<Finding>();
        string[] only = parsed.GetValue(_only) ?? [];
        foreach (string name in only.Where(n => models.All(m => m.Name != n)))
        {
            mistakes.Add(Finding.Refusal("bad-option", $"--model: '{name}' is not in {file}{NearestNames.Hint(name, models.Select(m => m.Name).Distinct())}; expected for example --model {models[0].Name}"));
        }
        string? process = parsed.GetValue(_process);
        if (process is not null && models.All(m => m.Process != process))
        {
            mistakes.Add(Finding.Refusal("bad-option", $"--model-process: '{process}' is not in {file}; it has {string.Join(", ", models.Select(m => m.Process.Length == 0 ? "models of no process" : m.Process).Distinct())}"));
        }
        if (mistakes.Count > 0) throw new FalterException(mistakes, ExitCode.Usage);
        return [.. models.Where(m => (only.Length == 0 || only.Contains(m.Name, StringComparer.Ordinal)) && (process is null || m.Process == process))];
    }

    private static string Shown(ErrorModel model) => model.Process.Length == 0 ? $"model {model.Name}" : $"model {model.Name} of {model.Process}";
}
