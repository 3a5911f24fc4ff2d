import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  AboutResponse,
  DependencyInfo,
  type GetProgramDependenciesRequest,
  GetProgramDependenciesResponse,
  type GetRequiredPackagesRequest,
  GetRequiredPackagesResponse,
  type GetRequiredPluginsRequest,
  GetRequiredPluginsResponse,
  type LanguageHandshakeRequest,
  LanguageHandshakeResponse,
  type RunRequest,
  RuntimeOptionsResponse,
  TemplateResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/version";
import { installDependencies } from "./install";
import { programDirectory } from "./options";
import { dependencies, requiredPlugins } from "./packages";
import { runPlugin } from "./plugin";
import { cancelPrograms, runProgram } from "./program";
import { unary, unimplemented } from "./rpc";

/** The LanguageRuntime service of `pulumi/language.proto`. */
export function languageHost(engineAddress: string): ILanguageRuntimeServer {
  let engine = engineAddress;
  return {
    handshake: unary((request: LanguageHandshakeRequest) => {
      engine = request.getEngineAddress();
      return new LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    getRequiredPackages: unary(requiredPackages),
    getRequiredPlugins: unary(requiredPluginsOfOldEngines),
    getProgramDependencies: unary(programDependencies),
    run: unary((request: RunRequest) => runProgram(request, engine)),
    runPlugin,
    installDependencies,
    about: unary(() => new AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    // npm is the only package manager here, so there is nothing to ask and nothing to add to a new project.
    runtimeOptionsPrompts: unary(() => new RuntimeOptionsResponse()),
    template: unary(() => new TemplateResponse()),
    cancel: (call, callback) => {
      cancelPrograms();
      callback(null, call.request);
    },
    generateProgram: unimplemented("GenerateProgram"),
    generateProject: unimplemented("GenerateProject"),
    generatePackage: unimplemented("GeneratePackage"),
    pack: unimplemented("Pack"),
    link: unimplemented("Link"),
  };
}

function requiredPackages(request: GetRequiredPackagesRequest): GetRequiredPackagesResponse {
  const response = new GetRequiredPackagesResponse();
  for (const { name, version: wanted, server } of requiredPlugins(programDirectory(request.getInfo()))) {
    response.addPackages(
      new PackageDependency().setKind("resource").setName(name).setVersion(wanted).setServer(server),
    );
  }
  return response;
}

function requiredPluginsOfOldEngines(request: GetRequiredPluginsRequest): GetRequiredPluginsResponse {
  const response = new GetRequiredPluginsResponse();
  for (const { name, version: wanted, server } of requiredPlugins(programDirectory(request.getInfo()))) {
    response.addPlugins(new PluginDependency().setKind("resource").setName(name).setVersion(wanted).setServer(server));
  }
  return response;
}

function programDependencies(request: GetProgramDependenciesRequest): GetProgramDependenciesResponse {
  const response = new GetProgramDependenciesResponse();
  for (const each of dependencies(programDirectory(request.getInfo()))) {
    response.addDependencies(new DependencyInfo().setName(each.name).setVersion(each.version));
  }
  return response;
}
