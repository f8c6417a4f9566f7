using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Linux.Tests.Features;

public class FeatureCatalogueTests
{
    public static TheoryData<string> Names => [.. FeatureCatalogue.All.Select(f => f.Name)];

    public static TheoryData<string> MainJobNames => [.. FeatureCatalogue.All.Where(f => f.NeededByMainJob).Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_probe_ends_with_a_state_and_gives_a_reason_unless_found(string name)
    {
        Feature feature = Named(name);
        FeatureResult result = feature.Probe();
        Assert.True(Enum.IsDefined(result.State));
        if (result.State != FeatureState.Found) Assert.NotEmpty(result.Detail);
        Assert.Equal(result.State == FeatureState.Found, feature.WhyNot() is null);
        Assert.NotEmpty(feature.Remedy(result, KernelRelease.Running));
    }

    [Theory]
    [MemberData(nameof(MainJobNames))]
    public void What_the_main_job_needs_is_found_as_root_on_a_kernel_that_is_new_enough(string name)
    {
        if (FeatureCatalogue.Root.WhyNot() is { } notRoot) Assert.Skip(notRoot);
        Feature feature = Named(name);
        if (feature.Since is { } since && KernelRelease.Running < since) Assert.Skip($"kernel {KernelRelease.Running} is older than {since}, the first with {name}");
        Assert.Null(feature.WhyNot());
        feature.Require();
    }

    [Fact]
    public void Names_are_words_and_unique()
    {
        Assert.All(FeatureCatalogue.All, f => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", f.Name));
        Assert.Distinct(FeatureCatalogue.All.Select(f => f.Name));
    }

    [Fact]
    public void A_missing_feature_is_refused_with_exit_code_3_and_its_remedy()
    {
        var feature = new Feature("x-ray", "seeing through", "1.0", "buy glasses", () => FeatureResult.Missing("no rays"));
        var refused = Assert.Throws<FalterException>(feature.Require);
        Assert.Equal(ExitCode.Cannot, refused.ExitCode);
        Assert.Equal("feature-missing", Assert.Single(refused.Findings).Code);
        Assert.Contains("no rays", refused.Message);
        Assert.Contains("buy glasses", refused.Message);
    }

    [Fact]
    public void A_missing_privilege_is_refused_as_such()
    {
        var feature = new Feature("king", "ruling", "", "be king", () => FeatureResult.Missing("not of the blood"), privilege: true);
        Assert.Equal("not-root", Assert.Single(Assert.Throws<FalterException>(feature.Require).Findings).Code);
    }

    [Fact]
    public void A_probe_is_tried_once()
    {
        int tries = 0;
        var feature = new Feature("once", "nothing", "", "none", () =>
        {
            tries++;
            return FeatureResult.Found();
        });
        feature.Probe();
        feature.Require();
        Assert.Equal(1, tries);
    }

    [Fact]
    public void A_kernel_that_should_have_a_feature_and_lacks_it_is_told_from_an_old_one()
    {
        FeatureResult missing = FeatureResult.Missing("EINVAL");
        var feature = new Feature("f", "x", "5.5", "r", () => missing);
        Assert.Equal("missing although kernel 6.1 has it since 5.5: EINVAL", feature.Explain(missing, new Version(6, 1)));
        Assert.Equal("kernel 4.19 is older than 5.5: EINVAL", feature.Explain(missing, new Version(4, 19)));
        Assert.Equal("use kernel 5.5 or later", new Feature("f", "x", "5.5", null, () => missing).Remedy(missing, new Version(4, 19)));
        Assert.Equal("needs root", feature.Explain(FeatureResult.CouldNotTell("needs root"), new Version(6, 1)));
    }

    private static Feature Named(string name) => FeatureCatalogue.All.Single(f => f.Name == name);
}
