// Starts Swagger UI on an API's docs page, for the document that lies beside the page.
SwaggerUIBundle({
	url: "./openapi.json",
	dom_id: "#swagger-ui",
	deepLinking: true,
	validatorUrl: null,
});
