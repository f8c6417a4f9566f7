using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Inject;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter syscalls</c>: the system calls that Falter knows by name, their classes, and what can be injected into each.</summary>
internal static class SyscallsCommand
{
    private static readonly SyscallsJson s_json = new(new JsonSerializerOptions(SyscallsJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private const int NameWidth = 23, SeccompWidth = 7, PtraceWidth = 12;

    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Verb("syscalls", "List the known system calls, with their classes and what can be injected into each")
        {
            Details = "SECCOMP is the mechanism for launched targets, PTRACE that for running ones. before: the call is failed instead of being carried out; after: it is carried out and then reported as " +
                "failed. Needs no root. Classes are those of strace.",
            Example = "falter syscalls %network,/^epoll",
        };
        var set = new Argument<string?>("SET") { Description = "Only these: names, numbers, %class, /regex, parted by commas; !SET for all others", Arity = ArgumentArity.ZeroOrOne };
        Option<string> format = OptionTypes.Choice("--format", "A table, or one JSON document", "text", "text", "json");
        verb.Arguments.Add(set);
        verb.Options.Add(format);
        verb.SetAction(parsed =>
        {
            SyscallSet chosen = parsed.GetValue(set) is { } text ? SyscallSet.Parse(text, "SET") : SyscallSet.All;
            ListedSyscall[] calls = [.. chosen.Known.Select(ListedSyscall.Of)];
            Console.Write(parsed.GetValue(format) == "json" ? JsonSerializer.Serialize(new SyscallList("x86_64", calls), s_json.SyscallList) + "\n" : Table(calls));
            return (int)ExitCode.Held;
        });
        return verb;
    }

    private static string Table(IEnumerable<ListedSyscall> calls)
    {
        var text = new StringBuilder();
        Line("NR", "NAME", "SECCOMP", "PTRACE", "CLASSES");
        foreach (ListedSyscall call in calls) Line($"{call.Number}", call.Name, Phases(call.Inject.SeccompNotify), Phases(call.Inject.Ptrace), string.Join(' ', call.Classes));
        return text.ToString();

        void Line(string number, string name, string seccomp, string ptrace, string classes) =>
            text.Append($"{number,3}  {name.PadRight(NameWidth)}  {seccomp.PadRight(SeccompWidth)}  {ptrace.PadRight(PtraceWidth)}  {classes}".TrimEnd()).Append('\n');
    }

    private static string Phases(IReadOnlyList<FaultPhase> phases) => phases.Count == 0 ? "-" : string.Join(',', phases.Select(Words.Of));
}

/// <summary>What <c>falter syscalls --format json</c> prints.</summary>
internal sealed record SyscallList(string Architecture, IReadOnlyList<ListedSyscall> Syscalls);

/// <summary>One known system call.</summary>
internal sealed record ListedSyscall(short Number, string Name, IReadOnlyList<string> Classes, InjectablePhases Inject)
{
    public static ListedSyscall Of(Syscall call) => new(call.Number, call.Name, SyscallClasses.Of(call), InjectablePhases.Of(call));
}

/// <summary>In which phases each mechanism can fail a call; empty where it cannot.</summary>
internal sealed record InjectablePhases(IReadOnlyList<FaultPhase> SeccompNotify, IReadOnlyList<FaultPhase> Ptrace)
{
    /// <summary>The mechanisms themselves are asked, so that the list cannot differ from what they do.</summary>
    public static InjectablePhases Of(Syscall call) => new(
        IsAccepted(() => SeccompInjector.RequireSelectable([call])) ? [FaultPhase.Before] : [],
        [.. Enum.GetValues<FaultPhase>().Where(phase => IsAccepted(() => PtraceInjector.RequireSupported([SyscallFault.Error([call], Errno.EPERM) with { Phase = phase }])))]);

    private static bool IsAccepted(Action require)
    {
        try
        {
            require();
            return true;
        }
        catch (FalterException)
        {
            return false;
        }
    }
}

/// <summary>The JSON form of <see cref="SyscallList"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = [typeof(WordJsonConverter<FaultPhase>)])]
[JsonSerializable(typeof(SyscallList))]
internal sealed partial class SyscallsJson : JsonSerializerContext;
