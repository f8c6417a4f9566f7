using System.Diagnostics;
using System.Runtime.CompilerServices;
using Falter.Inject;
using Falter.Linux.Features;
using Falter.Linux.Network;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Tests.Network;

/// <summary>SIGKILL of the process that armed a fault leaves the target's network as it was: rules by their owner's end, limits by the journal's keeper.</summary>
public class OwnerKilledTests
{
    /// <summary>What the second process is to do: arm this action for this process, and wait.</summary>
    private const string Variable = "FALTER_TEST_ARM_NETWORK";

    [Theory]
    [InlineData(NetworkAction.Drop)]
    [InlineData(NetworkAction.Delay)]
    [InlineData(NetworkAction.Rate)]
    public async Task Rules_queues_and_limits_are_gone(NetworkAction action)
    {
        using NetworkLab lab = NetworkLab.Make(FeatureCatalogue.NftOwner, FeatureCatalogue.Nfqueue, FeatureCatalogue.Tbf);
        string before = lab.Rules();
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(OwnerKilledTests).Assembly.Location]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment[Variable] = $"{action} {lab.Pid}";
        using Process owner = Process.Start(start)!;
        Assert.Equal("armed", await owner.StandardOutput.ReadLineAsync().WaitAsync(NetworkLab.Patience));
        Assert.NotEqual(before, lab.Rules());
        owner.Kill();
        await NetworkLab.UntilAsync(() => lab.Rules() == before, "the network is as it was");
        await NetworkLab.UntilAsync(() => Leftovers.Find().All(l => !l.What.Contains(lab.Target.ToString(), StringComparison.Ordinal)), "nothing is found to clean");
    }

    /// <summary>
    /// The second process is this assembly again, which never comes to its own entry point: a program that arms a fault and can be killed, without a
    /// project of its own.
    /// </summary>
#pragma warning disable CA2255 // Of an executable of tests, which is nobody's library.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void ArmIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } task) return;
        string[] words = task.Split(' ');
        var fault = new NetworkFault { Action = Enum.Parse<NetworkAction>(words[0]), Delay = new Delay(TimeSpan.FromSeconds(1), TimeSpan.Zero), BitsPerSecond = 1_000_000 };
        UndoJournal journal = UndoJournal.Open(InjectionRun.Keeper);
        NetworkScope scope = NetworkScope.Of([int.Parse(words[1])]);
        IArmedFault armed = NetworkFaults.ArmAsync(fault, scope, journal, 1).GetAwaiter().GetResult();
        Console.WriteLine("armed");
        Thread.Sleep(TimeSpan.FromMinutes(2));
        GC.KeepAlive(armed);
        Environment.Exit(1);
    }
}
