using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What <c>falter inject</c> says: the plan and the counts to standard output, all talk to standard error.</summary>
internal sealed class InjectionOutput(InjectionPlan plan, bool asJson)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Answered by the vdso without entering the kernel (man 7 vdso).
    private static readonly string[] s_inVdso = ["clock_gettime", "gettimeofday", "time", "getcpu", "clock_getres"];

    private bool _progressShown;

    /// <summary>One line of talk.</summary>
    public static void Talk(string line) => Console.Error.WriteLine($"falter: {line}");

    /// <summary>The plan, for --dry-run.</summary>
    public void Plan()
    {
        if (asJson)
        {
            JsonObject document = Head();
            document["processes"] = Texts(plan.Processes);
            document["notes"] = Texts(plan.Notes.Select(n => n.ToString()));
            document["rules"] = new JsonArray([.. plan.Rules.Select(r => (JsonNode)Describe(r))]);
            Console.Out.WriteLine(document.ToJsonString(s_json));
            return;
        }
        Console.Out.WriteLine($"mechanism  {plan.Mechanism}: {plan.Reason}");
        Console.Out.WriteLine($"{(plan.Command is null ? "processes " : "launch    ")} {string.Join(", ", plan.Processes)}, with threads and children");
        foreach (SyscallFault rule in plan.Rules) Console.Out.WriteLine($"rule       {rule} ({Words.Of(rule.Phase)} the call is carried out)");
        Console.Out.WriteLine($"limit      {Durations.Format(plan.Duration)}{(plan.After > TimeSpan.Zero ? $", beginning {Durations.Format(plan.After)} after the start" : "")}; seed {plan.Seed}");
        Console.Out.WriteLine($"undo       {plan.Undo}");
        foreach (Finding note in plan.Notes) Console.Out.WriteLine($"note       {note}");
        Console.Out.WriteLine("nothing was armed (--dry-run)");
    }

    /// <summary>What is armed, by which mechanism, and how it ends.</summary>
    public void Armed(ISyscallInjector injector)
    {
        foreach (Finding note in plan.Notes) Talk(note.ToString());
        foreach (SyscallFault rule in plan.Rules) Talk($"armed {rule} by {injector.Mechanism} for {Durations.Format(plan.Duration)}, seed {plan.Seed}");
        Talk(injector.Undo);
    }

    /// <summary>One line that is written over; only where somebody watches.</summary>
    public void Progress(TimeSpan elapsed, IReadOnlyList<InjectionCounts> counts)
    {
        if (Console.IsErrorRedirected) return;
        _progressShown = true;
        string text = string.Join("  ", plan.Rules.Zip(counts, (r, c) => string.Create(CultureInfo.InvariantCulture, $"{r}: {c.Injected} of {c.Matched}")));
        Console.Error.Write($"\r\e[K{elapsed.TotalSeconds:0}s of {Durations.Format(plan.Duration)}  {text}");
    }

    /// <summary>What each rule did, and what did not fire.</summary>
    public void Counts(ISyscallInjector injector, LaunchedProcess? launched)
    {
        if (_progressShown) Console.Error.Write("\r\e[K");
        IReadOnlyList<InjectionCounts> counts = injector.Counts;
        if (asJson) Console.Out.WriteLine(Result(counts, launched).ToJsonString(s_json));
        else WriteTable(counts);
        bool gone = launched?.Exited.IsCompleted ?? injector.TargetGone;
        foreach ((SyscallFault rule, InjectionCounts count) in plan.Rules.Zip(counts))
        {
            if (count.Injected == 0) Talk(Finding.Limits("fault-not-fired", $"{rule}: {ReasonFor(rule, count, gone)}").ToString());
        }
    }

    private void WriteTable(IReadOnlyList<InjectionCounts> counts)
    {
        int width = plan.Rules.Max(r => r.ToString().Length);
        Console.Out.WriteLine($"{"RULE".PadRight(width)}  {"MATCHED",10}  {"INJECTED",10}");
        foreach ((SyscallFault rule, InjectionCounts count) in plan.Rules.Zip(counts))
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rule.ToString().PadRight(width)}  {count.Matched,10}  {count.Injected,10}"));
        }
    }

    private string ReasonFor(SyscallFault rule, InjectionCounts count, bool gone)
    {
        string ended = gone ? "; the target ended before the time was over" : "";
        if (count.Matched > 0) return $"none of {count.Matched} matching calls was drawn at a rate of {Shares.Format(rule.Condition.Rate)}; raise it, or wait for more calls{ended}";
        if (rule.Syscalls.Any(s => s_inVdso.Contains(s.Name, StringComparer.Ordinal))) return $"no such call reached the kernel; programs read the clock without entering it (vdso){ended}";
        foreach (SyscallFault earlier in plan.Rules.TakeWhile(r => r != rule))
        {
            if (earlier.Syscalls.Intersect(rule.Syscalls).Any()) return $"the earlier rule {earlier} decides these calls{ended}";
        }
        return (rule.Phase == FaultPhase.After ? "no such call succeeded while the rule was armed" : "the target made no such call while the rule was armed") + ended;
    }

    private JsonObject Result(IReadOnlyList<InjectionCounts> counts, LaunchedProcess? launched)
    {
        JsonObject document = Head();
        document["target_status"] = launched is { Exited.IsCompletedSuccessfully: true } ? launched.Exited.Result.ToString() : null;
        var rules = new JsonArray();
        foreach ((SyscallFault rule, InjectionCounts count) in plan.Rules.Zip(counts))
        {
            JsonObject described = Describe(rule);
            described["matched"] = count.Matched;
            described["injected"] = count.Injected;
            rules.Add((JsonNode)described);
        }
        document["rules"] = rules;
        return document;
    }

    private JsonObject Head() => new()
    {
        ["mechanism"] = plan.Mechanism,
        ["reason"] = plan.Reason,
        ["duration_seconds"] = plan.Duration.TotalSeconds,
        ["after_seconds"] = plan.After.TotalSeconds,
        ["seed"] = plan.Seed,
        ["undo"] = plan.Undo,
    };

    private static JsonObject Describe(SyscallFault rule) => new()
    {
        ["rule"] = rule.ToString(),
        ["syscalls"] = Texts(rule.Syscalls.Select(s => s.Name)),
        ["errno"] = rule.Effect.Error?.Name,
        ["rate"] = rule.Condition.Rate,
        ["count"] = rule.Condition.Count,
        ["phase"] = Words.Of(rule.Phase),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)JsonValue.Create(t))]);
}
