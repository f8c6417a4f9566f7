using System.Text.Json.Nodes;
using Falter.Inject;
using Falter.Linux.Containers;
using Falter.Linux.Features;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Tests.Containers;

/// <summary>What an engine is asked, and that a container is afterwards as it was before.</summary>
public class ContainerFaultTests
{
    private const string Back = """
        {"IPAMConfig":{"IPv4Address":"10.9.0.7"},"Aliases":["db","0123456789ab"],"Links":["cache:c"],"NetworkID":"id-back","IPAddress":"10.9.0.7","GlobalIPv6Address":"","MacAddress":"02:42:0a:09:00:07","DriverOpts":{"x":"y"}}
        """;

    private const string Front = """{"IPAMConfig":null,"Aliases":null,"Links":null,"NetworkID":"id-front","IPAddress":"172.18.0.2","MacAddress":"","DriverOpts":null}""";

    [Fact]
    public async Task A_container_is_put_back_with_all_that_was_asked_for_when_it_was_made()
    {
        using FakeEngine engine = Engine();
        using UndoJournal journal = Journal();
        await using (IArmedFault fault = await ContainerFaults.ArmAsync(new ContainerFault { Action = ContainerAction.Disconnect, Network = "back" }, Of(engine), journal))
        {
            Assert.Equal(1, fault.Injected);
            Assert.Equal(["front"], engine.Networks.Select(n => n.Key));
            Assert.IsType<ReconnectContainer>(Assert.Single(journal.Left));
        }
        Assert.Empty(journal.Left);
        Assert.Equal(
        [
            $$"""/networks/id-back/disconnect {"Container":"{{FakeEngine.Id}}"}""",
            $"/networks/id-back/connect {{\"Container\":\"{FakeEngine.Id}\",\"EndpointConfig\":" +
                """{"Aliases":["db"],"Links":["cache:c"],"DriverOpts":{"x":"y"},"MacAddress":"02:42:0a:09:00:07","IPAMConfig":{"IPv4Address":"10.9.0.7"}}}""",
        ], engine.Changes);
    }

    [Fact]
    public async Task An_address_that_the_engine_chose_is_asked_for_and_its_change_is_told()
    {
        using FakeEngine engine = Engine();
        using UndoJournal journal = Journal();
        engine.Refuse = change => change.Contains("172.18.0.2", StringComparison.Ordinal) ? (400, "user specified IP address is supported only when connecting to networks with user configured subnets") : null;
        IArmedFault fault = await ContainerFaults.ArmAsync(new ContainerFault { Action = ContainerAction.Disconnect }, Of(engine), journal);
        Assert.Empty(engine.Networks);
        await fault.DisposeAsync();
        Assert.Equal(["back", "front"], engine.Networks.Select(n => n.Key).Order());
        Assert.Equal("address-changed", Assert.Single(fault.Findings).Code);
    }

    [Theory]
    [InlineData(ContainerAction.Pause, "paused", "pause", "unpause")]
    [InlineData(ContainerAction.Kill, "exited", "kill", "start")]
    public async Task What_is_stopped_goes_on(ContainerAction action, string during, string done, string undone)
    {
        using FakeEngine engine = Engine();
        using UndoJournal journal = Journal();
        await using (await ContainerFaults.ArmAsync(new ContainerFault { Action = action }, Of(engine), journal)) Assert.Equal(during, engine.Status);
        Assert.Equal("running", engine.Status);
        Assert.Equal([$"/containers/{FakeEngine.Id}/{done}", $"/containers/{FakeEngine.Id}/{undone}"], engine.Changes);
    }

    [Fact]
    public async Task A_step_is_carried_out_once_though_it_is_asked_for_twice()
    {
        using FakeEngine engine = Engine();
        var step = new ReconnectContainer(engine.Path, FakeEngine.Id, "web", Of(engine).State!.Networks.Single(n => n.Name == "back"));
        Assert.False(step.IsNeeded);
        engine.Networks.Remove("back");
        Assert.True(step.IsNeeded);
        await Task.Run(step.Undo);
        await Task.Run(step.Undo);
        Assert.Single(engine.Changes);
        Assert.Equal($"DOCKER_HOST=unix://{engine.Path} docker network connect --alias db --ip 10.9.0.7 back web", step.ByHand);
    }

    [Fact]
    public async Task A_refusal_of_the_engine_is_told_and_nothing_is_left()
    {
        using FakeEngine engine = Engine();
        using UndoJournal journal = Journal();
        engine.Refuse = change => change.Contains("id-front/disconnect", StringComparison.Ordinal) ? (500, "no way") : null;
        FalterException refused = await Assert.ThrowsAsync<FalterException>(() => ContainerFaults.ArmAsync(new ContainerFault { Action = ContainerAction.Disconnect }, Of(engine), journal));
        Assert.Equal("engine-refused", Assert.Single(refused.Findings).Code);
        Assert.Contains("no way", refused.Message);
        Assert.Equal(["back", "front"], engine.Networks.Select(n => n.Key).Order());
        Assert.Empty(journal.Left);
    }

    [Fact]
    public void What_cannot_be_taken_back_or_makes_no_sense_is_refused()
    {
        using FakeEngine engine = Engine(removedAtEnd: true);
        Assert.Equal("rule-not-supported", Refusal(engine, new ContainerFault { Action = ContainerAction.Kill }));
        Assert.Equal("rule-not-supported", Refusal(engine, new ContainerFault { Action = ContainerAction.Disconnect, Network = "side" }));
        Assert.Null(Refusal(engine, new ContainerFault { Action = ContainerAction.Pause }));
        engine.Status = "paused";
        Assert.Equal("target-not-found", Refusal(engine, new ContainerFault { Action = ContainerAction.Pause }));
        Assert.Empty(engine.Changes);
    }

    [Fact]
    public void An_engine_that_is_gone_may_still_have_to_be_asked()
    {
        var step = new UnpauseContainer("/nosuch/engine.sock", FakeEngine.Id, "web");
        Assert.True(step.IsNeeded);
        Assert.Equal("engine-refused", Assert.Single(Assert.Throws<FalterException>(step.Undo).Findings).Code);
    }

    /// <summary>Run by eng/try-containers, which starts a real engine and names a container of it.</summary>
    [Theory]
    [InlineData(ContainerAction.Disconnect)]
    [InlineData(ContainerAction.Pause)]
    [InlineData(ContainerAction.Kill)]
    [InlineData(ContainerAction.Restart)]
    public async Task A_real_engine_does_it_and_takes_it_back(ContainerAction action)
    {
        string? name = Environment.GetEnvironmentVariable("FALTER_TEST_CONTAINER");
        if (string.IsNullOrEmpty(name)) Assert.Skip("no real engine: eng/try-containers starts one");
        EngineContainer container = Container.OfEngine(name!);
        ContainerState before = container.State!;
        using UndoJournal journal = Journal();
        IArmedFault fault = await ContainerFaults.ArmAsync(new ContainerFault { Action = action }, container, journal);
        ContainerState during = container.State!;
        Assert.Equal((action is ContainerAction.Pause ? "paused" : action is ContainerAction.Kill ? "exited" : "running", action is ContainerAction.Disconnect ? 0 : before.Networks.Count), (during.Status, during.Networks.Count));
        await fault.DisposeAsync();
        ContainerState after = container.State!;
        Assert.Equal("running", after.Status);
        Assert.Equal(before.Networks.Select(Place), after.Networks.Select(Place));
        Assert.Empty(fault.Findings);
    }

    private static string Place(ContainerNetwork network) => $"{network.Name} {network.Address} {network.IsFixed} {string.Join(',', network.Aliases)}";

    private static string? Refusal(FakeEngine engine, ContainerFault fault) => ContainerFaults.RefusalOf(fault, Of(engine))?.Single().Code;

    private static EngineContainer Of(FakeEngine engine) => new(engine.Path, FakeEngine.Id);

    private static FakeEngine Engine(bool removedAtEnd = false)
    {
        var engine = new FakeEngine { IsRemovedAtEnd = removedAtEnd };
        engine.Networks["back"] = JsonNode.Parse(Back);
        engine.Networks["front"] = JsonNode.Parse(Front);
        return engine;
    }

    private static UndoJournal Journal()
    {
        if (FeatureCatalogue.Root.WhyNot() is { } why) Assert.Skip(why);
        return UndoJournal.Open(InjectionRun.Keeper);
    }
}
